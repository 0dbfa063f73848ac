package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/gomod"
	"github.com/abivet/abivet/abi/packages"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/elfcheck/ldso"
	"github.com/abivet/abivet/internal/spelling"
	"github.com/abivet/abivet/machocheck"
	"github.com/abivet/abivet/machocheck/dyld"
)

// A Rule is a rule with the forms it judges. A rule that judges several forms
// has one ID and one documentation.
type Rule struct {
	abi.Doc
	Forms []string // ELF file, Mach-O file, universal Mach-O file, process, Mach-O process, package, LuaJIT bytecode, Go build
}

// Rules returns all rules of all forms in the order of their IDs.
func Rules() []Rule {
	var all []Rule
	all = appendForm(all, "ELF file", elfcheck.Rules())
	all = appendForm(all, "Mach-O file", machocheck.Rules())
	all = appendForm(all, "universal Mach-O file", machocheck.UniversalRules())
	all = appendForm(all, "process", append(ldso.Rules(), ldso.Within()))
	all = appendForm(all, "Mach-O process", append(dyld.Rules(), dyld.Within()))
	all = appendForm(all, "package", packages.Rules())
	all = appendForm(all, "LuaJIT bytecode", chunkRules)
	all = appendForm(all, "Go build", gomod.Rules()) // run by the command gomod
	slices.SortFunc(all, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func appendForm[F any](all []Rule, form string, rules []abi.Rule[F]) []Rule {
	for _, r := range rules {
		i := slices.IndexFunc(all, func(other Rule) bool { return other.ID == r.ID })
		if i < 0 {
			i = len(all)
			all = append(all, Rule{Doc: r.Doc})
		}
		all[i].Forms = append(all[i].Forms, form)
	}
	return all
}

// Docs returns the documentation of all rules in the order of their IDs.
func Docs() []abi.Doc {
	rules := Rules()
	docs := make([]abi.Doc, len(rules))
	for i, r := range rules {
		docs[i] = r.Doc
	}
	return docs
}

// FindRule returns the rule of an ID, or an *[UnknownRuleError].
func FindRule(id string) (Rule, error) {
	rules := Rules()
	for _, r := range rules {
		if r.ID == id {
			return r, nil
		}
	}
	return Rule{}, &UnknownRuleError{ID: id, Nearest: nearest(rules, id)}
}

// An UnknownRuleError says that no rule has an ID. A misspelt rule that is
// silently not run would look like a pass.
type UnknownRuleError struct {
	ID      string
	Nearest string // the ID that comes nearest, or empty where none is near
}

func (e *UnknownRuleError) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("rule %q: there is none, nor one of a like name", e.ID)
	}
	return fmt.Sprintf("rule %q: there is none; the nearest is %s", e.ID, e.Nearest)
}

// nearest returns the ID that takes the fewest changes to become.
func nearest(rules []Rule, id string) string {
	const longest = 64 // IDs are shorter; more would only cost time
	id = id[:min(len(id), longest)]
	best, fewest := "", spelling.Meant(id)+1
	for _, r := range rules {
		if n := spelling.Changes(id, r.ID); n < fewest {
			best, fewest = r.ID, n
		}
	}
	return best
}

// ruleset is the rules that are to be run.
type ruleset struct {
	elf          []abi.Rule[*elfcheck.File]
	macho        []abi.Rule[*machocheck.File]
	universal    []abi.Rule[[]*machocheck.File]
	process      []abi.Rule[*ldso.Process]
	machoProcess []abi.Rule[*dyld.Process]
	packages     []abi.Rule[*packages.Package]
	chunks       []abi.Rule[*chunk]
}

func newRuleset(o Options) (ruleset, error) {
	for _, id := range slices.Concat(o.Only, o.Disable) {
		if _, err := FindRule(id); err != nil {
			return ruleset{}, err
		}
	}
	process := ldso.Rules()
	if len(o.Within) > 0 {
		process = append(process, ldso.Within(o.Within...))
	}
	machoProcess := dyld.Rules()
	if len(o.Within) > 0 {
		machoProcess = append(machoProcess, dyld.Within(o.Within...))
	}
	return ruleset{
		process:      choose(o, process),
		machoProcess: choose(o, machoProcess),
		packages:     choose(o, packages.Rules()),
		chunks:       choose(o, slices.Clone(chunkRules)),
		elf:          choose(o, elfcheck.Rules()),
		macho:        choose(o, machocheck.Rules()),
		universal:    choose(o, machocheck.UniversalRules()),
	}, nil
}

// Choose takes the rules that the options ask for, for those who run a form of
// rule that no file has: rules over a build of Go. An unknown ID is an
// *[UnknownRuleError].
func Choose[F any](o Options, rules []abi.Rule[F]) ([]abi.Rule[F], error) {
	_, err := newRuleset(o)
	return choose(o, rules), err
}

// choose takes the rules that the options ask for. To name a rule of the
// release preset, or a costly one, is to ask for it.
func choose[F any](o Options, rules []abi.Rule[F]) []abi.Rule[F] {
	return slices.DeleteFunc(rules, func(r abi.Rule[F]) bool {
		switch {
		case slices.Contains(o.Disable, r.ID):
			return true
		case len(o.Only) > 0:
			return !slices.Contains(o.Only, r.ID)
		}
		return r.Release && !o.Release || r.Costly && !o.ISAScan
	})
}
