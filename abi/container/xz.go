package container

import (
	"io"
	"sync"

	"github.com/abivet/abivet/internal/xz"
)

var xzs = sync.Pool{New: func() any { return xz.NewReader() }}

func openXZ(r io.Reader) (io.Reader, func(), error) {
	x := xzs.Get().(*xz.Reader)
	if err := x.Reset(r, maxWindow); err != nil {
		return nil, nil, err
	}
	return x, func() {
		if x.Keep() {
			xzs.Put(x)
		}
	}, nil
}
