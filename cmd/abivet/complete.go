package main

import (
	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi/audit"
)

// complete offers the words of a flag to the shell.
func complete(c *cobra.Command, flag string, words ...string) {
	completeWith(c, flag, func() []string { return words })
}

// completeRules offers the IDs of all rules. They are asked for only when a
// shell wants them.
func completeRules(c *cobra.Command, flag string) { completeWith(c, flag, ruleIDs) }

func completeWith(c *cobra.Command, flag string, words func() []string) {
	err := c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag does not exist
	}
}

func ruleIDs() []string {
	var ids []string
	for _, r := range audit.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}
