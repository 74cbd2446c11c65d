// Decodes a cluster's configuration (YAML on stdin) as kind does, with kind's own types: what it does not know it refuses.
// Gives the configuration with kind's defaults as JSON on stdout.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

func decode() (*v1alpha4.Cluster, error) {
	var cluster v1alpha4.Cluster
	decoder := yaml.NewDecoder(os.Stdin)
	decoder.KnownFields(true)
	if err := decoder.Decode(&cluster); err != nil {
		return nil, err
	}
	if cluster.APIVersion != "kind.x-k8s.io/v1alpha4" || cluster.Kind != "Cluster" {
		return nil, fmt.Errorf("it is a %s of %s, not a Cluster of kind.x-k8s.io/v1alpha4", cluster.Kind, cluster.APIVersion)
	}
	v1alpha4.SetDefaultsCluster(&cluster)
	return &cluster, nil
}

func main() {
	cluster, err := decode()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(cluster)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "kind would not take the configuration: %v\n", err)
		os.Exit(1)
	}
}
