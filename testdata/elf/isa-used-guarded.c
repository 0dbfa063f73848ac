// A library that has a function for newer processors and asks which one it runs on: that
// may be right, and only a reader of the source can say so.
//
// build: -target x86_64-linux-gnu.2.17 -O2 -s -shared -mcpu=x86_64 -Wl,-soname,libsum.so.1 -DASK
// twin: -target x86_64-linux-gnu.2.17 -O2 -s -shared -mcpu=x86_64 -Wl,-soname,libsum.so.1
// target: debian:12/amd64
// want: isa-used (note) may be guarded: CPUID or XGETBV in the function at
#ifdef ASK
#include <cpuid.h>

__attribute__((target("avx,fma"), noinline)) double fast(const double *a, const double *b, int n)
{
	double s = 0;
	for (int i = 0; i < n; i++)
		s += a[i] * b[i];
	return s;
}
#endif

double sum(const double *a, const double *b, int n)
{
	double s = 0;
#ifdef ASK
	unsigned eax, ebx, ecx, edx;
	if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx & bit_AVX && ecx & bit_FMA)
		return fast(a, b, n);
#endif
	for (int i = 0; i < n; i++)
		s += a[i] * b[i];
	return s;
}
