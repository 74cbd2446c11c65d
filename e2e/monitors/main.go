// Decodes one object (JSON on stdin) with the Prometheus operator's own types: what they do not know is refused.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
)

func decode() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("name one kind: PodMonitor or ServiceMonitor")
	}
	kinds := map[string]any{"PodMonitor": &monitoring.PodMonitor{}, "ServiceMonitor": &monitoring.ServiceMonitor{}}
	object, known := kinds[os.Args[1]]
	if !known {
		return fmt.Errorf("%s is neither PodMonitor nor ServiceMonitor", os.Args[1])
	}
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	return decoder.Decode(object)
}

func main() {
	if err := decode(); err != nil {
		fmt.Fprintf(os.Stderr, "the Prometheus operator would not take the object: %v\n", err)
		os.Exit(1)
	}
}
