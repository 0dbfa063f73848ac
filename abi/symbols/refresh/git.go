package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// repository is the directory of one of git.
type repository string

func (r repository) git(args ...string) ([]byte, error) {
	out, err := exec.Command("git", append([]string{"-C", string(r)}, args...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

func (r repository) lines(args ...string) ([]string, error) {
	out, err := r.git(args...)
	return strings.Fields(string(out)), err
}

// releases returns the tags of a pattern whose group is a version, the oldest
// first.
func (r repository) releases(pattern *regexp.Regexp) (tags []string, err error) {
	all, err := r.lines("tag")
	if err != nil {
		return nil, err
	}
	version := func(tag string) abi.Version { return abi.Version(pattern.FindStringSubmatch(tag)[1]) }
	for _, tag := range all {
		if pattern.MatchString(tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) == 0 {
		return nil, fmt.Errorf("%s: no tag is a release, as in %s", r, pattern)
	}
	slices.SortFunc(tags, func(a, b string) int { return version(a).Compare(version(b)) })
	return tags, nil
}
