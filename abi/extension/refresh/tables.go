package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	stableItem = regexp.MustCompile(`^\[(function|data)\.(\w+)\]`)
	stableKey  = regexp.MustCompile(`^\s+(added|ifdef)\s*=\s*'([^']+)'`)
)

// stableABI takes the functions and data of the stable ABI, with the release
// that each was added in and the condition that it is there under.
func stableABI(name string) (map[string]string, error) {
	all, err := lines(name)
	if err != nil {
		return nil, err
	}
	facts, item := map[string]string{}, ""
	for _, line := range all {
		switch m := stableKey.FindStringSubmatch(line); {
		case strings.HasPrefix(line, "["):
			item = ""
			if m := stableItem.FindStringSubmatch(line); m != nil {
				item = m[2]
			}
		case m != nil && item != "" && m[1] == "added":
			facts[item] = m[2]
		case m != nil && item != "":
			facts[item] += " " + m[2]
		}
	}
	if len(facts) < 800 {
		return nil, fmt.Errorf("%d functions and data, want 800 or more", len(facts))
	}
	return facts, nil
}

var (
	nodeVersion = regexp.MustCompile(`^const v(\d+) = `)
	nodeName    = regexp.MustCompile(`'((?:napi|node_api)_\w+)'`)
)

// nodeAPI takes the functions of Node-API with the version that has each first.
// The file lists under each version what the one before has not.
func nodeAPI(name string) (map[string]string, error) {
	all, err := lines(name)
	if err != nil {
		return nil, err
	}
	facts, version := map[string]string{}, ""
	for _, line := range all {
		if m := nodeVersion.FindStringSubmatch(line); m != nil {
			version = m[1]
		} else if m := nodeName.FindStringSubmatch(line); m != nil && facts[m[1]] == "" {
			facts[m[1]] = version
		}
	}
	if len(facts) < 150 {
		return nil, fmt.Errorf("%d functions, want 150 or more", len(facts))
	}
	return facts, nil
}

// nodeModules takes the values of NODE_MODULE_VERSION with the first release of
// each runtime that has it.
func nodeModules(name string) (map[string]string, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var entries []struct{ Runtime, Target, ABI string }
	if err := json.Unmarshal(b, &entries); err != nil {
		return nil, err
	}
	facts := map[string]string{}
	for _, e := range entries {
		if e.Runtime != "node" && e.Runtime != "electron" {
			continue
		}
		word := e.Runtime + "-" + e.Target
		if old := facts[e.ABI]; old == "" {
			facts[e.ABI] = word
		} else if !strings.Contains(old, e.Runtime) {
			facts[e.ABI] += " " + word
		}
	}
	if len(facts) < 20 {
		return nil, fmt.Errorf("%d versions, want 20 or more", len(facts))
	}
	return facts, nil
}

var (
	matrixRow = regexp.MustCompile(`<td>(\d+)</td>\s*<td>([^<]*)</td>`)
	release   = regexp.MustCompile(`\d+\.\d+\.\d+`)
)

// nodeReleases takes the versions of Node-API with the first release of each
// major one that has it; all later ones have it too.
func nodeReleases(name string) (map[string]string, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	facts := map[string]string{}
	for _, m := range matrixRow.FindAllStringSubmatch(string(b), -1) {
		facts[m[1]] = strings.Join(release.FindAllString(m[2], -1), " ")
	}
	if len(facts) < 10 {
		return nil, fmt.Errorf("%d versions, want 10 or more", len(facts))
	}
	return facts, nil
}

var (
	phpNumber  = regexp.MustCompile(`(?m)^#define ZEND_MODULE_API_NO (\d+)`)
	phpVersion = regexp.MustCompile(`(?m)^#define PHP_VERSION "(\d+\.\d+)`)
)

// phpNumbers takes the number of the module interface of each release from its
// headers: Zend/zend_modules.h, with main/php_version.h beside it.
func phpNumbers(dir string) (map[string]string, error) {
	facts := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "zend_modules.h" {
			return err
		}
		header, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		version, err := os.ReadFile(filepath.Join(filepath.Dir(path), "../main/php_version.h"))
		if err != nil {
			return err
		}
		number, release := phpNumber.FindSubmatch(header), phpVersion.FindSubmatch(version)
		if number == nil || release == nil {
			return fmt.Errorf("%s: no number or no release", path)
		}
		facts[string(number[1])] = string(release[1])
		return nil
	})
	return facts, err
}

var nifLine = regexp.MustCompile(`^\*\* (2\.(\d+)): (\d+\.\d+)\b`)

// nifVersions takes the releases of OTP that brought the versions of its
// interface, from 2.12 on: older ones are not told apart.
func nifVersions(name string) (map[string]string, error) {
	all, err := lines(name)
	if err != nil {
		return nil, err
	}
	facts := map[string]string{}
	for _, line := range all {
		if m := nifLine.FindStringSubmatch(line); m != nil && len(m[2]) == 2 && m[2] >= "12" {
			facts[m[1]] = m[3]
		}
	}
	if len(facts) < 7 {
		return nil, fmt.Errorf("%d versions of the interface: want 2.12 to 2.18 and what came since", len(facts))
	}
	return facts, nil
}
