package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"sync"
)

type fields map[string]any

// output writes events and replies, one JSON object per line
type output struct {
	mutex   sync.Mutex
	encoder *json.Encoder
}

func newOutput(w io.Writer) *output {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &output{encoder: encoder}
}

func (o *output) event(name string, event fields) {
	event["event"] = name
	o.write(event)
}

func (o *output) write(line fields) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if err := o.encoder.Encode(line); err != nil {
		fmt.Fprintln(os.Stderr, "writing to standard output:", err)
	}
}

// associationName is what pion puts before the errors of an SCTP association:
// its address in memory
var associationName = regexp.MustCompile(`\[0x[0-9a-f]+\] `)

// describe gives the same text for the same error whatever connection has it
func describe(err error) string {
	return associationName.ReplaceAllString(err.Error(), "")
}
