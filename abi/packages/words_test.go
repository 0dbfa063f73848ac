package packages

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestClaimOfPath(t *testing.T) {
	for name, want := range map[string]string{
		"package/prebuilds/linux-x64/node.napi.musl.node":                    "linux/amd64 with musl",
		"package/prebuilds/linux-arm/argon2.armv7.glibc.node":                "linux/arm with glibc",
		"package/prebuilds/darwin-x64+arm64/node.napi.node":                  "darwin/amd64 and darwin/arm64",
		"package/swc.linux-x64-musl.node":                                    "linux/amd64 with musl",
		"package/x.linux-arm-gnueabihf.node":                                 "linux/arm with glibc",
		"package/x.darwin-universal.node":                                    "darwin",
		"package/x.android-arm64.node":                                       "android/arm64",
		"package/lib/binding/napi-v6-linux-musl-x64/x.node":                  "linux/amd64 with musl",
		"package/prebuilds/linuxmusl-arm64/x.node":                           "linux/arm64 with musl",
		"package/prebuilds/win32-x64/x.node":                                 "windows/amd64",
		"package/build/Release/x.node":                                       "",
		"com/sun/jna/linux-x86-64/libjnidispatch.so":                         "linux/amd64",
		"com/sun/jna/linux-x86/libjnidispatch.so":                            "linux/386",
		"com/sun/jna/darwin-aarch64/libjnidispatch.jnilib":                   "darwin/arm64",
		"META-INF/native/libnetty_tcnative_linux_x86_64.so":                  "linux/amd64",
		"META-INF/native/libnetty_resolver_dns_native_macos_aarch_64.jnilib": "darwin/arm64",
		"META-INF/native/libnetty_transport_native_epoll_x86_64.so":          "linux/amd64",
		"META-INF/native/libnetty_transport_native_epoll_aarch_64.so":        "linux/arm64",
		"META-INF/native/libnetty_transport_native_kqueue_x86_64.jnilib":     "darwin/amd64",
		"META-INF/native/libio_uring.so":                                     "",
		"META-INF/native-image/libx_x86_64.so":                               "",
		"org/xerial/snappy/native/Linux/x86_64/libsnappyjava.so":             "linux/amd64",
		"org/fusesource/jansi/internal/native/Linux/ppc64/libjansi.so":       "linux/ppc64",
		"darwin/aarch64/libzstd-jni-1.5.5-5.dylib":                           "darwin/arm64",
		"org/sqlite/native/Linux/x86_64/libsqlitejdbc.so":                    "linux/amd64",
		"org/sqlite/native/Linux-Musl/aarch64/libsqlitejdbc.so":              "linux/arm64 with musl",
		"org/sqlite/native/Linux-Android/arm/libsqlitejdbc.so":               "android/arm",
		"org/sqlite/native/Mac/x86_64/libsqlitejdbc.dylib":                   "darwin/amd64",
		"librocksdbjni-linux64-musl.so":                                      "linux with musl",
		"librocksdbjni-linux-aarch64.so":                                     "linux/arm64",
		"x86/linux64/liblwjgl.so":                                            "linux",
		"linux/x64/org/lwjgl/liblwjgl.so":                                    "linux/amd64",
		"libduckdb_java.so_linux_amd64":                                      "linux/amd64",
		"aarch64-Linux-clang/jni/libjunixsocket.so":                          "linux/arm64",
		"runtimes/linux-musl-x64/native/libSkiaSharp.so":                     "linux/amd64 with musl",
		"runtimes/osx-arm64/native/libx.dylib":                               "darwin/arm64",
		"x-1.0/lib/aarch64-unknown-linux-gnu/libx.a":                         "linux/arm64 with glibc",
		"linux-x64-or-arm64/x.so":                                            "", // two processors, and no + between
		"darwin-linux/x.so":                                                  "",
	} {
		c, ok := claimOfPath(name)
		assert.Equal(t, want != "", ok, name)
		if ok {
			assert.Equal(t, want, c.words(), name)
		}
	}
}

func TestParseWords(t *testing.T) {
	for tag, want := range map[string]string{
		"linux x64 glibc": "linux/amd64 with glibc", "linux x64": "linux/amd64", "darwin": "darwin", "any arm64": "/arm64",
		"x86_64-linux-musl": "linux/amd64 with musl", "x86_64-linux": "linux/amd64", "arm64-darwin-23": "darwin/arm64", "aarch64-linux-gnu": "linux/arm64 with glibc",
		"linux-64": "linux/amd64", "osx-64": "darwin/amd64", "linux-aarch64": "linux/arm64", "linux-32": "linux/386",
		"amd64": "/amd64", "armhf": "/arm", "x86_64": "/amd64", "aarch64": "/arm64", "hurd-i386": "/386", "sparc": "", "linux and win32": "",
	} {
		c, ok := parseWords(tag)
		assert.Equal(t, want != "", ok, tag)
		if ok {
			assert.Equal(t, want, c.words(), tag)
		}
	}
}

// However the words stand, what is claimed has a platform.
func FuzzClaimOfPath(f *testing.F) {
	f.Add("package/prebuilds/darwin-x64+arm64/node.napi.node")
	f.Add("org/sqlite/native/Linux-Musl/aarch64/libsqlitejdbc.so")
	f.Fuzz(func(t *testing.T, name string) {
		if c, ok := claimOfPath(name); ok && (len(c.platforms) == 0 || c.platforms[0].OS == "") {
			t.Fatalf("%q claims %+v", name, c)
		}
	})
}
