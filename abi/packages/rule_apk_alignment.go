package packages

import (
	"debug/elf"
	"fmt"

	"github.com/abivet/abivet/abi"
)

var apkAlignment = abi.Rule[*Package]{
	Doc: abi.Doc{
		ID:       "apk-alignment",
		Title:    "an application for Android has libraries that cannot be loaded out of it",
		Severity: abi.Error,
		Why: `Where the manifest has extractNativeLibs="false", which build tools write today, the
loader maps libraries from where they stand in the application. Each has to be stored
without compression, from a multiple of the page size on: of 4 KiB, and of 16 KiB on
64-bit devices from Android 15 on. The installer refuses others
(INSTALL_FAILED_INVALID_APK). That the segments of the library are aligned to as much
is another matter, and both must hold: page-alignment has it. Where the manifest lets
libraries be copied out, as it does when it says nothing, neither place nor compression
matters.`,
		Fix: `zipalign -P 16 -f 4 in.apk out.apk before signing, or the Android Gradle plugin 8.5.1 or newer`,
		Refs: []string{
			"https://developer.android.com/guide/practices/page-sizes",
			"https://developer.android.com/tools/zipalign",
			"https://android.googlesource.com/platform/frameworks/base/+/main/core/jni/com_android_internal_content_NativeLibraryHelper.cpp",
		},
	},
	Check: checkAPKAlignment,
	Skip: func(p *Package, t abi.Target) string {
		if p.ExtractsLibraries == "false" && (t.PageSize == 0 || t.Platform.OS != "android") {
			return "no target says how large the pages of Android are; 4096 bytes are taken"
		}
		return ""
	},
}

func checkAPKAlignment(p *Package, t abi.Target) []abi.Finding {
	if p.ExtractsLibraries != "false" {
		return nil
	}
	var findings []abi.Finding
	for _, e := range p.Files {
		if e.ELF == nil || abiOf(e.Path) == "" || t.Platform.Arch != "" && t.Platform.Arch != e.Platform().Arch {
			continue
		}
		page := int64(4096)
		if t.Platform.OS == "android" && t.PageSize != 0 {
			page = int64(t.PageSize)
		}
		f := abi.Finding{Subject: e.Path, Evidence: []string{fmt.Sprintf("%s has segments aligned to %d bytes (PT_LOAD)", e.Path, leastAlignment(e))}}
		switch {
		case e.Stored == 0:
			f.Message = e.Path + ` is compressed, and the manifest has extractNativeLibs="false"`
			f.Fix = "store it without compression, and align it with zipalign -P 16"
		case e.Stored%page != 0:
			f.Message = fmt.Sprintf("%s is stored at %#x, which is no multiple of the page size %d", e.Path, e.Stored, page)
		default:
			continue
		}
		findings = append(findings, f)
	}
	return findings
}

// leastAlignment is that of the segment that is aligned to the least.
func leastAlignment(e File) (least uint64) {
	for _, s := range e.ELF.Segments {
		if s.Type == elf.PT_LOAD && (least == 0 || s.Align < least) {
			least = s.Align
		}
	}
	return least
}
