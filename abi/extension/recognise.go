package extension

import (
	"slices"
	"strings"
)

// A kind is how the extensions of a host are known.
type kind struct {
	host Host
	// asks are beginnings of the names that an extension asks its host for;
	// one of them must be there. It is empty where the entry is proof enough.
	asks []string
	// has are names that the host itself has: a file with one is no extension.
	has []string
	// makes are functions that begin an interpreter: a file that asks for one and
	// needs the host's library is a host, as librspamd-server is, which has 38
	// luaopen_ functions for its own Lua. Without the library it may be a module with
	// threads.
	makes   []string
	library func(name string) bool
	look    func(*Info, Image) error
}

var kinds = []kind{
	{host: CPython, has: []string{"Py_InitializeEx", "PyPy_InitializeEx"}, makes: []string{"Py_Initialize", "Py_InitializeEx", "Py_InitializeFromConfig"}, library: isPythonLibrary, look: lookPython},
	{host: Ruby, asks: []string{"rb_", "ruby_Init_"}, has: []string{"ruby_setup"}, library: isRubyLibrary, look: lookRuby},
	{host: Perl, asks: []string{"Perl_", "PL_"}, has: []string{"perl_alloc"}, library: isPerlLibrary, look: lookPerl},
	{host: PHP, asks: []string{"zend_", "php_", "_zend_", "_php_", "_e", "executor_globals"}, has: phpNames, library: isPHPLibrary, look: lookPHP},
	{host: Node, has: []string{"napi_create_function"}, library: isNodeLibrary, look: lookNode},
	{host: Java, has: []string{"JNI_CreateJavaVM"}, library: isJavaLibrary},
	{host: Lua, asks: []string{"lua_", "luaL_"}, has: []string{"lua_newstate", "lua_gettop"}, makes: []string{"lua_newstate", "luaL_newstate"}, library: isLuaLibrary, look: lookLua},
	{host: R, asks: []string{"R_", "Rf_"}, has: []string{"Rf_initEmbeddedR"}, library: isRLibrary},
	{host: Erlang, asks: []string{"enif_"}, has: []string{"enif_alloc"}, look: lookErlang},
	{host: PostgreSQL, look: lookPostgreSQL},
}

func kindOf(host Host) *kind {
	return &kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.host == host })]
}

// Recognise tells whose extension a file is. A library may be one of several
// hosts at once.
func Recognise(img Image) ([]Info, error) {
	found := map[Host][]string{}
	for _, name := range img.Defined {
		if IsOffered(name) {
			host := hostOf(name)
			found[host] = append(found[host], name)
		}
	}
	for _, name := range [...]string{nodeRegister, napiRegister} {
		if slices.Contains(img.Imported, name) {
			found[Node] = append(found[Node], name)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	var infos []Info
	for _, k := range kinds {
		if len(found[k.host]) == 0 || !k.serves(img) {
			continue
		}
		info := Info{Host: k.host, Entries: few(found[k.host])}
		if i := slices.IndexFunc(img.Libraries, func(name string) bool { return k.library != nil && k.library(name) }); i >= 0 {
			if holds(img.Imported, k.makes) {
				continue
			}
			info.Library = img.Libraries[i]
		}
		if k.look != nil {
			if err := k.look(&info, img); err != nil {
				return nil, err
			}
		}
		infos = append(infos, info)
	}
	if len(infos) == 0 {
		return nil, nil
	}
	brought, err := img.brought()
	for i := range infos {
		infos[i].Brings = brought
	}
	return infos, err
}

func (k kind) serves(img Image) bool {
	if holds(img.Defined, k.has) {
		return false
	}
	asks := func(name string) bool { return begins(name, k.asks...) }
	return len(k.asks) == 0 || slices.ContainsFunc(img.Imported, asks) || slices.ContainsFunc(img.Weak, asks)
}

// holds reports whether one of some words is among names.
func holds(names, words []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(words, name) })
}

// few keeps as many names as anybody reads, sorted.
func few(names []string) []string {
	const most = 8
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(most, len(names))]
}

// base is the file that a soname or an install name names.
func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
