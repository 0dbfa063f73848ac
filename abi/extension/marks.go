package extension

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/abivet/abivet/internal/endian"
)

var (
	// perlMark is what xs_handshake compares with the version of the perl that
	// loads the module.
	perlMark = compiled(`\x00(v5\.\d{1,2}\.\d{1,2})\x00`)
	// phpMark is ZEND_MODULE_BUILD_ID, or ZEND_EXTENSION_BUILD_ID, which has
	// one digit more.
	phpMark = compiled(`\x00API(\d{8,9},N?TS(?:,debug)?)\x00`)
	// erlangMark is the oldest runtime that the macro ERL_NIF_INIT asks for.
	erlangMark = compiled(`\x00(erts-\d+\.\d+)\x00`)
)

func lookPerl(info *Info, img Image) error { return info.mark(img, perlMark()) }

// lookPHP takes the mark of a module for that of a Zend extension: the digit
// more is the version of another interface, and the file may have both.
func lookPHP(info *Info, img Image) error {
	found, err := img.marks(phpMark())
	for i, mark := range found {
		if date, _, _ := strings.Cut(mark, ","); len(date) == 9 {
			found[i] = mark[1:]
		}
	}
	if slices.Sort(found); len(slices.Compact(found)) == 1 {
		info.Built = "API" + found[0]
	}
	return err
}

// mark takes what the pattern finds for what the file is built for. Two that
// differ say nothing: one of them is a string that looks like it.
func (info *Info) mark(img Image, pattern *regexp.Regexp) error {
	found, err := img.marks(pattern)
	if len(found) == 1 {
		info.Built = found[0]
	}
	return err
}

var rubyLibrary = compiled(`^libruby\D*(\d+\.\d+)`)

// rubyDevelopment returns the number of the interface that a development version
// has.
const rubyDevelopment = "ruby_abi_version"

// lookRuby takes the release from the library of Ruby that the file needs: a
// released Ruby's extensions say it nowhere else. Those of a development version
// export the number of its interface.
func lookRuby(info *Info, img Image) error {
	if m := rubyLibrary().FindStringSubmatch(base(info.Library)); m != nil {
		info.Built = m[1]
	}
	for _, name := range img.Defined {
		if name == rubyDevelopment {
			info.Evidence = append(info.Evidence, "exports "+rubyDevelopment+": it is built for a development version")
		}
	}
	return nil
}

// lookLua tells the releases of Lua that have all that the file asks for. What
// no release has is from elsewhere.
func lookLua(info *Info, img Image) error {
	releases := []string{"5.1", "5.2", "5.3", "5.4", "5.5", "jit"}
	info.Releases, info.Raise = narrow(releases, img.Imported, func(release, name string) bool {
		known, ok := luaNames()[name]
		return !ok || slices.Contains(strings.Fields(known), release)
	})
	if !slices.Contains(img.Imported, luaCheck) {
		return nil
	}
	checked, err := checkedLua(img)
	if slices.Contains(info.Releases, checked) {
		info.Releases, info.Raise = []string{checked}, []string{luaCheck}
		info.Evidence = append(info.Evidence, luaCheck+" is handed the number of Lua "+checked)
	}
	return err
}

// luaCheck raises an error where the number that it is handed is not that of the
// Lua: "version mismatch: app. needs 503, Lua core provides 502". luaL_newlib,
// which nearly every module calls, expands to it from 5.2 on.
const luaCheck = "luaL_checkversion_"

// checkedLua tells the release whose number (LUA_VERSION_NUM, 503 as a lua_Number)
// is among the constants, where one alone is: processors with floating-point
// constants in their instructions have none there.
func checkedLua(img Image) (release string, err error) {
	order := endian.Order(img.BigEndian)
	numbers := map[uint64]string{}
	for _, r := range []string{"5.2", "5.3", "5.4", "5.5"} {
		numbers[math.Float64bits(500+float64(r[2]-'0'))] = r
	}
	return img.agreed(func(piece []byte, found func(string)) {
		for ; len(piece) >= 8; piece = piece[8:] {
			if r, ok := numbers[order.Uint64(piece)]; ok {
				found(r)
			}
		}
	})
}
