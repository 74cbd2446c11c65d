// Says what kstatus, which kubectl's and Flux's relatives ask, makes of an object: JSON on stdin gives
// {"status":"InProgress","message":"..."} on stdout.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Status  status.Status `json:"status"`
	Message string        `json:"message"`
}

func judge() (verdict, error) {
	var object unstructured.Unstructured
	if err := json.NewDecoder(os.Stdin).Decode(&object); err != nil {
		return verdict{}, err
	}
	result, err := status.Compute(&object)
	if err != nil {
		return verdict{}, err
	}
	return verdict{result.Status, result.Message}, nil
}

func main() {
	found, err := judge()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "kstatus could not judge the object: %v\n", err)
		os.Exit(1)
	}
}
