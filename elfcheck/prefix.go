package elfcheck

import "io"

// ReadHeader reads of a file what comes before everything else: its header and
// its program headers. Kernels and loaders refuse much by these alone, so they
// tell what is said of a file that is damaged elsewhere.
func ReadHeader(r io.ReaderAt, size int64) (*File, error) {
	s := scratches.Get().(*scratch)
	defer s.release()
	d := &decoder{scratch: s, r: r, size: size, f: &File{}}
	if err := d.header(); err != nil {
		return nil, err
	}
	_, d.f.Dynamic = d.f.Segment(ptDynamic)
	_ = d.interpreter() // it may be what is damaged
	return d.f, nil
}
