// A library built with the flags of the machine that built it: nothing in it says
// so, and it runs until it meets an instruction that an older processor lacks.
//
// build: -target x86_64-linux-gnu.2.17 -O2 -s -shared -mcpu=x86_64_v3 -Wl,-soname,libsum.so.1
// twin: -target x86_64-linux-gnu.2.17 -O2 -s -shared -mcpu=x86_64 -Wl,-soname,libsum.so.1
// target: debian:12/amd64
// want: isa-used uses instructions of level v3 (AVX, FMA) in sum, and nothing chooses by processor whether they run; debian:12 has processors of level v1
double sum(const double *a, const double *b, int n)
{
	double s = 0;
	for (int i = 0; i < n; i++)
		s += a[i] * b[i];
	return s;
}
