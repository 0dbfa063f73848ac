// Refresh writes the tables under abi/extension/data anew. It is a program for
// the people who maintain those tables; nothing imports it.
//
//	go run ./refresh -cpython FILE -node FILE -nodeabi FILE -noderelease FILE -php DIRECTORY -erlang FILE -python DIRECTORY -lua DIRECTORY
//
// Run it in abi/extension. Each flag stands for a table, and what is not given is
// left as it is. The files are Misc/stable_abi.toml of CPython's sources,
// symbols.js of the npm package node-api-headers, abi_registry.json of the npm
// package node-abi, doc/api/n-api.md of Node.js's sources and erl_nif.h of
// Erlang/OTP; the directories are
// searched for PHP's headers, and for the libraries of CPython, Lua
// and LuaJIT, one of each release.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "refresh:", err)
		os.Exit(1)
	}
}

func run() error {
	out := flag.String("out", "data", "`directory` of the tables")
	day := flag.String("date", time.Now().UTC().Format(time.DateOnly), "`day` that the sources are of")
	var tables []*table
	for _, t := range []*table{
		{name: "cpython", origin: "CPython, Misc/stable_abi.toml", make: stableABI, what: "`file` stable_abi.toml of CPython"},
		{name: "node", origin: "npm: node-api-headers, symbols.js", make: nodeAPI, what: "`file` symbols.js of node-api-headers"},
		{name: "nodeabi", origin: "npm: node-abi, abi_registry.json", make: nodeModules, what: "`file` abi_registry.json of node-abi"},
		{name: "noderelease", origin: "Node.js, doc/api/n-api.md: the Node-API version matrix", make: nodeReleases, what: "`file` n-api.md of Node.js's documentation"},
		{name: "php", origin: "PHP, ZEND_MODULE_API_NO of Zend/zend_modules.h in each branch", make: phpNumbers, what: "`directory` with a copy of PHP's headers for each release"},
		{name: "erlang", origin: "Erlang/OTP, the version history in erl_nif.h", make: nifVersions, what: "`file` erl_nif.h of the newest Erlang/OTP"},
		{name: "python", origin: "the exports of libpython3.6 to libpython3.15", make: pythonNames, what: "`directory` with the libraries of CPython"},
		{name: "lua", origin: "the exports of liblua5.1 to liblua5.5 and libluajit-5.1, Debian", make: luaFunctions, what: "`directory` with the libraries of Lua"},
	} {
		flag.StringVar(&t.from, t.name, "", t.what)
		tables = append(tables, t)
	}
	flag.Parse()
	for _, t := range tables {
		if t.from == "" {
			continue
		}
		facts, err := t.make(t.from)
		if err != nil {
			return fmt.Errorf("%s: %w", t.from, err)
		}
		text := "# origin " + t.origin + "\n# date " + *day + "\n"
		for _, name := range slices.Sorted(maps.Keys(facts)) {
			text += name + " " + facts[name] + "\n"
		}
		if err := os.WriteFile(filepath.Join(*out, t.name+".txt"), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// A table is one file of data: names with what is known of each.
type table struct {
	name, origin, what, from string
	make                     func(from string) (map[string]string, error)
}

// lines reads a file.
func lines(name string) ([]string, error) {
	b, err := os.ReadFile(name)
	return strings.Split(string(b), "\n"), err
}
