package luajit

import (
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// part is a member of an archive for darwin/amd64.
func part(t *testing.T, code, constants string, imported, defined []string) *Info {
	t.Helper()
	img := imageOf("amd64", code, constants)
	img.Platform.OS, img.Part, img.Imported, img.Defined = darwin, true, imported, defined
	if !Suspect(img) {
		t.Errorf("no suspect: imports %v, defines %v", imported, defined)
	}
	info, err := Detect(img)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestJoin(t *testing.T) {
	mac := abi.Platform{OS: darwin, Arch: "amd64"}
	vm := part(t, plain, "", []string{"lj_err_throw"}, nil)
	err := part(t, "code", constHead+constJIT+constFFI, []string{"lj_vm_unwind_c"}, nil)
	lib := part(t, "code", constV21, []string{"lj_lib_checkint"}, []string{"luaopen_jit"})
	api := part(t, "code", "", []string{"lj_gc_step"}, []string{"lua_gettop", "luaL_newstate", "lj_hidden"})
	mcode := part(t, "code", "", []string{"lj_err_throw", "pthread_jit_write_protect_np"}, nil)
	for name, info := range map[string]*Info{"vm": vm, "err": err, "lib": lib, "api": api} {
		if info.Hardened != Unknown {
			t.Errorf("%s says that the build is hardened: %v; it cannot know", name, info.Hardened)
		}
	}
	full := Info{Role: Embedded, Version: "2.1.1727870382", GC64: No, JIT: Yes, FFI: Yes, Hardened: No}
	hardened := full
	hardened.Hardened = Yes
	mixed := full
	mixed.GC64 = Unknown
	gc64VM := part(t, gc64, "", []string{"lj_err_throw"}, nil)
	tests := map[string]struct {
		members []*Info
		want    Info
	}{
		"each has its share":             {[]*Info{nil, api, err, lib, vm}, full},
		"hardened":                       {[]*Info{mcode, api, err, lib, vm}, hardened},
		"an interpreter of each":         {[]*Info{vm, gc64VM, err, lib}, mixed},
		"and one more":                   {[]*Info{vm, gc64VM, vm, err, lib}, mixed},
		"nothing":                        {nil, Info{Role: None}},
		"others that use its API":        {[]*Info{nil, part(t, "code", "", []string{"lua_gettop"}, nil)}, Info{Role: None}},
		"others that speak of it":        {[]*Info{lib}, Info{Role: Mentions, Version: "2.1.1727870382"}},
		"its own, which call each other": {[]*Info{part(t, "code", "", []string{"luaJIT_setmode", "lj_err_callerv"}, nil)}, Info{Role: None}},
		"linked to it by its symbol":     {[]*Info{part(t, "code", "", []string{"luaJIT_setmode"}, nil)}, Info{Role: Linked}},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			var members []Member
			for _, info := range test.members {
				members = append(members, Member{"lj_x.o", info})
			}
			got := Join(mac, members)
			checkInfo(t, *got, test.want)
			for _, line := range got.Evidence {
				if !strings.HasPrefix(line, `member "lj_x.o": `) && !strings.Contains(line, "not known") {
					t.Errorf("%s: of which member?", line)
				}
			}
		})
	}
}
