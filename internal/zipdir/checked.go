package zipdir

import (
	"hash/crc32"
	"io"
)

// Check returns a reader of the bytes of a member that holds them against what
// the directory says of them: an [abi.FormatError] where they are fewer, more
// or others.
func (m Member) Check(r io.Reader) io.Reader { return &checked{r: r, left: m.Size, member: m} }

type checked struct {
	r      io.Reader
	left   int64
	sum    uint32
	member Member
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.left -= int64(n)
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p[:n])
	m := c.member
	switch {
	case c.left < 0:
		return 0, damaged(m.Header, "has more than the %d bytes that it says", m.Size)
	case err == io.EOF && c.left > 0:
		return 0, damaged(m.Header, "has %d bytes: want %d", m.Size-c.left, m.Size)
	case err == io.EOF && c.sum != m.CRC32:
		return 0, damaged(m.Header, "has the checksum %08x: want %08x", c.sum, m.CRC32)
	}
	return n, err
}
