//go:build !((darwin && (amd64 || arm64)) || (linux && !android && (386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64 || (s390x && cgo))))

package probe

// Supported says whether libraries can be loaded on this platform.
const Supported = false

func ask(string) Answer { return Answer{Outcome: Silent, Detail: ErrUnsupported.Error()} }
