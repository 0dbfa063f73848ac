package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// ExecStackDoc documents the rules execstack, over a file and over a process.
var ExecStackDoc = abi.Doc{
	ID:       "execstack",
	Title:    "asks for an executable stack",
	Severity: abi.Warning,
	Why: `PT_GNU_STACK with the execute flag, or on x86 and arm no PT_GNU_STACK at all, asks
for an executable stack. From glibc 2.41 on dlopen refuses such a shared object
("cannot enable executable stack as shared object requires"), unless the program's
own stack is executable already; hardened kernels and WSL 1 refuse it too. It is
almost always an accident: one assembly file without a .note.GNU-stack section is
enough.`,
	Fix: `add .section .note.GNU-stack,"",@progbits to the assembly files that lack it, or link
with -Wl,-z,noexecstack. Not where the code takes the address of a nested function of
GCC: its trampolines run on the stack, and the function has to be moved out. A finished
file is mended by patchelf --clear-execstack (0.14 does not have it yet)`,
	Refs: []string{
		"https://sourceware.org/git/?p=glibc.git;a=blob;f=NEWS;hb=glibc-2.41",
		"https://github.com/pypa/auditwheel/issues/634",
	},
}

var execStack = abi.Rule[*File]{
	Doc:   ExecStackDoc,
	Check: checkExecStack,
}

// refusesExecStack is the first glibc whose dlopen refuses an executable stack.
const refusesExecStack = abi.Version("2.41")

func checkExecStack(f *File, t abi.Target) []abi.Finding {
	if f.Platform.OS != "linux" && f.Platform.OS != "" && f.Platform.OS != "android" {
		return nil // other systems have other defaults, and other loaders
	}
	finding := abi.Finding{Subject: "PT_GNU_STACK"}
	stack, has := f.Segment(elf.PT_GNU_STACK)
	switch {
	case f.KernelModule:
		return nil
	case f.Kind == Object:
		return checkStackNote(f)
	case f.Kind == DebugInfo:
		return nil
	case f.Machine == elf.EM_MIPS:
		// GCC asks for it in every file there: kernels before 4.8 put the
		// delay slots of emulated floating-point branches on the stack.
		return nil
	case has && stack.Flags&elf.PF_X != 0:
		finding.Message = "asks for an executable stack"
		finding.Evidence = []string{"PT_GNU_STACK with flags " + stack.Flags.String()}
	case !has && defaultsToExec(f.Machine):
		finding.Message = "has no PT_GNU_STACK, which asks for an executable stack on this machine"
		finding.Evidence = []string{"no PT_GNU_STACK among the program headers"}
	default:
		return nil
	}
	if glibc := t.Symbols["GLIBC"]; f.Kind == Shared && glibc != "" && !glibc.Less(refusesExecStack) {
		finding.Severity = abi.Error
		finding.Message += "; dlopen refuses that in the glibc " + string(glibc) + " of " + wording.Called(t)
	}
	return []abi.Finding{finding}
}

// WantsExecStack reports whether a linked file asks for an executable stack: by
// its PT_GNU_STACK, or by having none on a machine where silence means that.
func (f *File) WantsExecStack() bool {
	if stack, has := f.Segment(elf.PT_GNU_STACK); has {
		return stack.Flags&elf.PF_X != 0
	}
	return defaultsToExec(f.Machine)
}

// defaultsToExec reports whether silence means an executable stack. Origin:
// DEFAULT_STACK_PERMS of glibc's stackinfo.h, by machine.
func defaultsToExec(m elf.Machine) bool {
	return m == elf.EM_X86_64 || m == elf.EM_386 || m == elf.EM_ARM || m == elf.EM_S390
}

func checkStackNote(f *File) []abi.Finding {
	message := "has a .note.GNU-stack that asks for an executable stack"
	switch {
	case f.StackNote == StackExecutable:
	case f.StackNote == StackSilent && defaultsToExec(f.Machine):
		message = "has no .note.GNU-stack, so whatever links it asks for an executable stack"
	default:
		return nil
	}
	return []abi.Finding{{Message: message, Evidence: []string{"section headers of the object"}, Subject: ".note.GNU-stack"}}
}
