package elfcheck

import (
	"slices"

	"github.com/abivet/abivet/abi"
)

// A Loader is a program that starts others: what PT_INTERP names.
type Loader struct {
	Path string
	Libc abi.Libc
	Arch string // the word of GOARCH
}

// Loaders lists where loaders stand. Those of 64 bits are first, since a user
// space that has both kinds is one of these; of one kind the usual is first.
// Origin: glibc's ABIList and shlib-versions, the names of musl's ldso,
// Android's linker.
func Loaders() []Loader { return slices.Clone(loaders[:]) }

var loaders = [...]Loader{
	{"/lib64/ld-linux-x86-64.so.2", abi.Glibc, "amd64"},
	{"/lib/ld-linux-aarch64.so.1", abi.Glibc, "arm64"},
	{"/lib64/ld64.so.2", abi.Glibc, "ppc64le"},
	{"/lib64/ld64.so.1", abi.Glibc, "ppc64"},
	{"/lib/ld64.so.1", abi.Glibc, "s390x"},
	{"/lib/ld-linux-riscv64-lp64d.so.1", abi.Glibc, "riscv64"},
	{"/lib64/ld-linux-loongarch-lp64d.so.1", abi.Glibc, "loong64"},
	{"/lib64/ld.so.1", abi.Glibc, "mips64le"},
	{"/lib/ld-musl-x86_64.so.1", abi.Musl, "amd64"},
	{"/lib/ld-musl-aarch64.so.1", abi.Musl, "arm64"},
	{"/lib/ld-musl-powerpc64le.so.1", abi.Musl, "ppc64le"},
	{"/lib/ld-musl-s390x.so.1", abi.Musl, "s390x"},
	{"/lib/ld-musl-riscv64.so.1", abi.Musl, "riscv64"},
	{"/lib/ld-musl-loongarch64.so.1", abi.Musl, "loong64"},
	{"/system/bin/linker64", abi.Bionic, "amd64"},
	{"/system/bin/linker64", abi.Bionic, "arm64"},
	{"/system/bin/linker64", abi.Bionic, "riscv64"},
	{"/libx32/ld-linux-x32.so.2", abi.Glibc, "amd64p32"},
	{"/lib/ld-linux-armhf.so.3", abi.Glibc, "arm"},
	{"/lib/ld-linux.so.3", abi.Glibc, "arm"},
	{"/lib/ld-linux.so.2", abi.Glibc, "386"},
	{"/lib/ld.so.1", abi.Glibc, "mipsle"},
	{"/lib/ld-musl-armhf.so.1", abi.Musl, "arm"},
	{"/lib/ld-musl-arm.so.1", abi.Musl, "arm"},
	{"/lib/ld-musl-i386.so.1", abi.Musl, "386"},
	{"/system/bin/linker", abi.Bionic, "386"},
	{"/system/bin/linker", abi.Bionic, "arm"},
}
