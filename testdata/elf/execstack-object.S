// An assembly file that does not say which stack it needs: whatever it is linked
// into gets an executable one.
//
// build: clang -target x86_64-linux-gnu -c -g0
// twin: clang -target x86_64-linux-gnu -c -g0 -Wa,--noexecstack
// target: debian:13/amd64
// want: execstack has no .note.GNU-stack
.globl answer
answer:
	mov $42, %eax
	ret
