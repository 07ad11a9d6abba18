// Command interop-go-libp2p is the go-libp2p end of the interoperability tests.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage:
  interop-go-libp2p listen [--host 127.0.0.1] [--port 0] [--key FILE]
  interop-go-libp2p dial [--dialer-version 1|2]
`

func main() {
	config, err := parseArguments(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, usage)
		os.Exit(2)
	}
	if err := run(config); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func parseArguments(arguments []string) (nodeConfig, error) {
	if len(arguments) == 0 {
		return nodeConfig{}, fmt.Errorf("listen or dial?")
	}
	parsed := nodeConfig{dialerVersion: 1}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	flags.Usage = func() {}
	switch arguments[0] {
	case "listen":
		parsed.listen = true
		flags.StringVar(&parsed.host, "host", "127.0.0.1", "")
		flags.IntVar(&parsed.port, "port", 0, "")
		flags.StringVar(&parsed.keyFile, "key", "", "")
	case "dial":
		flags.IntVar(&parsed.dialerVersion, "dialer-version", parsed.dialerVersion, "")
	default:
		return nodeConfig{}, fmt.Errorf("neither listen nor dial: %q", arguments[0])
	}
	if err := flags.Parse(arguments[1:]); err != nil {
		return nodeConfig{}, err
	}
	if flags.NArg() > 0 {
		return nodeConfig{}, fmt.Errorf("unexpected: %q", flags.Arg(0))
	}
	if parsed.dialerVersion != 1 && parsed.dialerVersion != 2 {
		return nodeConfig{}, fmt.Errorf("no version of WebRTC Direct: %d", parsed.dialerVersion)
	}
	return parsed, nil
}

func run(config nodeConfig) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	n, err := startNode(config, newOutput(os.Stdout))
	if err != nil {
		return err
	}
	n.announce()

	ctx, end := context.WithCancel(ctx)
	go func() {
		defer end()
		n.obey(ctx, os.Stdin)
	}()
	<-ctx.Done()
	return n.host.Close()
}
