package elfcheck

import (
	"fmt"
	"strconv"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var androidLevel = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "android-level",
		Title:    "is built for a newer Android than the target",
		Severity: abi.Error,
		Why: `The NDK writes into each file the API level that it was built for. On an older
Android functions are missing that the file may call: dlopen fails with "cannot locate
symbol". The linker does not look at the level itself.`,
		Fix:  `build with the target's API level: --target=<arch>-linux-android<level>, ANDROID_PLATFORM of CMake, minSdkVersion of Gradle`,
		Refs: []string{"https://developer.android.com/ndk/guides/sdk-versions"},
	},
	Check: checkAndroidLevel,
	Skip: func(f *File, t abi.Target) string {
		if f.Notes.Android == 0 || t.Libc == abi.Bionic && t.LibcVersion != "" {
			return ""
		}
		return without(func(t abi.Target) bool { return t.Libc == "" }, "which Android it is")(f, t)
	},
}

func checkAndroidLevel(f *File, t abi.Target) []abi.Finding {
	level := abi.Version(strconv.Itoa(f.Notes.Android))
	if f.Notes.Android <= 0 || t.Libc != abi.Bionic || t.LibcVersion == "" || !t.LibcVersion.Less(level) {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("is built for API level %s; %s has %s", level, wording.Called(t), t.LibcVersion),
		Evidence: []string{fmt.Sprintf("Android note: API level %s", level)},
		Subject:  "API level",
	}}
}
