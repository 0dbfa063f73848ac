package ldso

import (
	"io"

	"github.com/abivet/abivet/elfcheck"
)

// sound returns the image, or one of the same file that takes nothing for granted of
// what its hash table finds: a damaged one finds some symbols and not others, or sends
// a loader astray. What it does then is told by [finder]. Of a file that is not asked
// about this is not looked at, as it would cost a good part of reading it.
func (img *image) sound() *image {
	img.soundOnce.Do(func() {
		if img.fs == nil || img.bound == nil || !img.bound.Dynamic {
			return
		}
		unfound := img.bound.Loading.Unfound
		if !img.examined {
			_ = img.with(func(r io.ReaderAt) error {
				f, err := elfcheck.EachSymbol(r, img.size, elfcheck.WantFindable, func([]byte, *elfcheck.Symbol, bool) {})
				if err == nil {
					unfound = f.Loading.Unfound
				}
				return err
			})
		}
		if unfound > 0 {
			img.takeNothing()
		}
	})
	if img.unsound != nil {
		return img.unsound
	}
	return img
}

// takeNothing reads the file once more.
func (img *image) takeNothing() {
	_ = img.with(func(r io.ReaderAt) error { // it was read before, without an error
		other := &image{fs: img.fs, real: img.real, info: img.info, size: img.size, header: img.header, damaged: true}
		other.once.Do(func() {})
		var err error
		if other.bound, other.symbols, err = readTable(r, img.size, 0, true); err == nil {
			other.file, img.unsound = other.bound, other
		}
		return err
	})
}
