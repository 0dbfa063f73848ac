package extension

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/endian"
)

// lookErlang takes the version of the interface from the entry that nif_init
// returns. The runtime goes by that (erts_load_nif in erl_nif.c); the oldest
// runtime in the same entry only words its refusal, and lags behind: 2.18 says
// erts-14.0 too, which has 2.17.
func lookErlang(info *Info, img Image) error {
	version, err := nifVersion(img)
	if err != nil {
		return err
	}
	info.Floor = version
	return info.mark(img, erlangMark())
}

// nifVersion looks for an ErlNifEntry among the data, where all that is found
// agree. It has pointers, which relocations may leave zero, so that it is known by
// its numbers: the size of another structure is among them since 2.12.
func nifVersion(img Image) (abi.Version, error) {
	order := endian.Order(img.BigEndian)
	version, err := img.agreed(func(piece []byte, found func(string)) {
		for at := 0; at+nifNarrow <= len(piece); at += 4 {
			if minor, ok := nifEntry(order, piece[at:]); ok {
				found("2." + strconv.Itoa(minor))
			}
		}
	})
	return abi.Version(version), err
}

// The sizes of an entry up to the last number in it, on 64 and on 32 bits.
const nifWide, nifNarrow = 88, 48

func nifEntry(order endian.Order, b []byte) (minor int, ok bool) {
	field := func(at int) uint32 { return order.Uint32(b[at:]) }
	minor = int(field(4))
	if field(0) != 2 || minor < 12 || minor > 99 {
		return 0, false
	}
	pointers := 3 // in ErlNifResourceTypeInit
	if minor >= 16 {
		pointers = 5 // and a number, which takes the place of one
	}
	few := func(n uint32) bool { return n >= 1 && n <= 1<<14 } // functions
	wide := len(b) >= nifWide && few(field(16)) && field(20) == 0 && field(72) <= 1 && field(76) == 0 && order.Uint64(b[80:]) == uint64(8*pointers)
	narrow := few(field(12)) && field(40) <= 1 && field(44) == uint32(4*pointers)
	return minor, wide || narrow
}

// tellErlang takes the version of the interface that came with the runtime.
func tellErlang(offer *Offer, img Image) error {
	var info Info
	err := info.mark(img, erlangHostMark())
	offer.Built = info.Built
	otp := abi.Version(otpOf(offer.Built))
	for version, since := range nifReleases() {
		if v := abi.Version(version); otp != "" && !otp.Less(abi.Version(since)) && offer.Floor.Less(v) {
			offer.Floor = v
		}
	}
	return err
}

// otpOf is the release of OTP that a runtime of Erlang came with. From the one
// that a release began with on both go up together, and so do releases that are
// newer than the table.
func otpOf(erts string) string {
	major, minor, ok := twoNumbers(strings.TrimPrefix(erts, "erts-"))
	if !ok {
		return ""
	}
	began, otp := abi.Version(""), ""
	for runtime, release := range otpReleases() {
		if v := abi.Version(runtime); began.Less(v) && !abi.Version(fmt.Sprintf("%d.%d", major, minor)).Less(v) {
			began, otp = v, release
		}
	}
	if otp == "" {
		return ""
	}
	firstMajor, firstMinor, _ := twoNumbers(string(began))
	release, _, _ := twoNumbers(otp)
	if major != firstMajor {
		firstMinor = 0
	}
	return fmt.Sprintf("%d.%d", release+major-firstMajor, minor-firstMinor)
}

// twoNumbers reads the first two numbers of a version.
func twoNumbers(version string) (major, minor int, ok bool) {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err := strconv.Atoi(first)
	minor, err2 := strconv.Atoi(second)
	return major, minor, err == nil && err2 == nil
}
