package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// versionCommand prints what was built, from what, by which compiler.
func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), version()) },
	}
}

// version reads the build information that the Go tool leaves in the binary.
func version() string {
	module, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			module = info.Main.Version
		}
		revision = describe(info.Settings)
	}
	return fmt.Sprintf("nabla %s%s, %s %s/%s", module, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// describe is the commit of a build from a checkout.
func describe(settings []debug.BuildSetting) string {
	at := map[string]string{}
	for _, s := range settings {
		at[s.Key] = s.Value
	}
	commit := at["vcs.revision"]
	if commit == "" {
		return ""
	}
	commit = " " + commit[:min(12, len(commit))]
	if at["vcs.modified"] == "true" {
		commit += " and changes"
	}
	return commit
}

// manCommand writes the manual pages from the same descriptions that help prints. It is for packagers.
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIRECTORY",
		Short:  "Write the manual pages into a directory",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Title: "REPL", Section: "1", Source: "nabla"}, args[0])
		},
	}
}
