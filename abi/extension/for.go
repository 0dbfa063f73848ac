package extension

import (
	"strings"
)

// For says in a few words whose extension it is and for what of its host, as far
// as the file and its name tell.
func (x Info) For(name string) string {
	words := []string{string(x.Host)}
	add := func(s string) { words = append(words, s) }
	switch x.Host {
	case CPython, PyPy:
		words = append(words, x.forPython(ReadPythonTag(name))...)
	case Node:
		words = append(words, x.forNode()...)
	case Lua:
		if len(x.Releases) > 0 && len(x.Releases) < 6 {
			add("fits " + strings.ReplaceAll(strings.Join(x.Releases, ", "), "jit", "LuaJIT"))
		}
	case Erlang:
		switch otp, _, _ := strings.Cut(otpOf(x.Built), "."); {
		case x.Floor != "" && nifReleases()[string(x.Floor)] != "":
			add("NIF " + string(x.Floor) + " (OTP " + nifReleases()[string(x.Floor)] + " or later)")
		case x.Floor != "":
			add("NIF " + string(x.Floor))
		case otp != "":
			add("runtime " + x.Built + " (OTP " + otp + ") or later")
		}
	case PHP:
		if release := phpRelease(x.Built); release != "" {
			add("PHP " + release)
		}
		fallthrough
	default:
		if x.Built != "" {
			add(x.Built)
		}
	}
	if x.Library != "" {
		add("needs " + x.Library)
	}
	return strings.Join(words, ", ")
}

func (x Info) forPython(tag PythonTag) (words []string) {
	switch {
	case tag.Version != "":
		words = append(words, "named for "+tag.Implementation+" "+string(tag.Version)+tag.Flags)
	case tag.Implementation != "":
		words = append(words, "named for the stable ABI ("+tag.Implementation+")")
	}
	if x.Floor != "" {
		words = append(words, "keeps to the stable ABI of "+string(x.Floor))
	} else if len(x.Releases) > 0 {
		words = append(words, "what it asks for is in "+x.Releases[0]+" to "+x.Releases[len(x.Releases)-1])
	}
	return words
}

func (x Info) forNode() (words []string) {
	if x.Built != "" {
		s := "NODE_MODULE_VERSION " + x.Built
		if releases := nodeModules()[x.Built]; releases != "" {
			s += " (" + strings.ReplaceAll(releases, " ", ", ") + ")"
		}
		words = append(words, s)
	}
	if x.Floor != "" {
		s := "Node-API " + string(x.Floor)
		if releases := nodeReleases()[string(x.Floor)]; releases != "" {
			s += " (Node.js " + strings.ReplaceAll(releases, " ", ", ") + " and later)"
		}
		words = append(words, s)
	}
	if x.Floor.Less(x.Declared) {
		words = append(words, "built for Node-API "+string(x.Declared))
	}
	if len(words) == 0 && x.byNodeAPI() {
		words = append(words, "Node-API, whose functions it looks up itself")
	}
	return words
}

// phpRelease is the release whose modules bear a number: PHP gives it the day
// on which the interface was frozen.
func phpRelease(built string) string {
	number, _, _ := strings.Cut(strings.TrimPrefix(built, "API"), ",")
	return phpReleases()[number]
}
