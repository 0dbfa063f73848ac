package userspace

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

func on(platform string) v1.Platform {
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		panic(err)
	}
	return *p
}

// imageOf has one file, which says which image it is.
func imageOf(what, platform string, names ...string) testImage {
	i := testImage{names: names, layers: [][]byte{tarOf(regular("what", what))}}
	if platform != "" {
		i.platform = on(platform)
	}
	return i
}

func TestChooseAnImage(t *testing.T) {
	arm, amd := imageOf("arm", "linux/arm64", "reg.io/a/app:1"), imageOf("amd", "linux/amd64", "reg.io/a/app:2")
	v6, v7 := imageOf("v6", "linux/arm/v6"), imageOf("v7", "linux/arm/v7")
	tests := map[string]struct {
		images []testImage
		o      Options
		want   string // or the error
	}{
		"the only one":                 {[]testImage{amd}, Options{}, "amd"},
		"the only one, by platform":    {[]testImage{amd}, Options{Platform: abi.Platform{OS: "linux", Arch: "amd64"}}, "amd"},
		"by platform":                  {[]testImage{arm, amd}, Options{Platform: abi.Platform{OS: "linux", Arch: "arm64"}}, "arm"},
		"by processor":                 {[]testImage{arm, amd}, Options{Platform: abi.Platform{Arch: "amd64"}}, "amd"},
		"by name":                      {[]testImage{arm, amd}, Options{Image: "reg.io/a/app:2"}, "amd"},
		"by the end of a name":         {[]testImage{arm, amd}, Options{Image: "app:1"}, "arm"},
		"by variant":                   {[]testImage{v6, v7}, Options{Variant: "v7"}, "v7"},
		"platform in the config alone": {[]testImage{imageOf("x", "")}, Options{Platform: abi.Platform{OS: "linux", Arch: "amd64"}}, "x"},

		"several":             {[]testImage{arm, amd}, Options{}, `several images: want the name or the platform of one: there is linux/arm64 "reg.io/a/app:1", linux/amd64 "reg.io/a/app:2"`},
		"several variants":    {[]testImage{v6, v7}, Options{Platform: abi.Platform{OS: "linux", Arch: "arm"}}, "there is linux/arm/v6, linux/arm/v7"},
		"none of the names":   {[]testImage{arm, amd}, Options{Image: "pp:1"}, `no image is the one asked for "pp:1": there is linux/arm64`},
		"none of the kind":    {[]testImage{arm, amd}, Options{Platform: abi.Platform{OS: "linux", Arch: "s390x"}}, "asked for linux/s390x: there is"},
		"none at all":         {nil, Options{}, "no image in it"},
		"another than is had": {[]testImage{amd}, Options{Platform: abi.Platform{OS: "linux", Arch: "386"}}, "there is linux/amd64"},
	}
	for name, test := range tests {
		for kind, files := range map[Kind][]*tar.Header{DockerArchive: dockerSave(test.images...), OCILayout: ociLayout(test.images...)} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				s, err := Open(writeFile(t, tarOf(files...)), test.o)
				if strings.Contains(test.want, " ") {
					require.ErrorContains(t, err, test.want)
					return
				}
				require.NoError(t, err)
				defer s.Close()
				assert.Equal(t, kind, s.Kind())
				assert.Equal(t, test.want, content(t, s, "what"))
				assert.NotEmpty(t, s.Platform().Arch)
			})
		}
	}
}

// What one image is in all forms is the same.
func TestForms(t *testing.T) {
	i := imageOf("x", "linux/amd64", "x:1")
	i.layers = append(i.layers, tarOf(regular("usr/lib/a", strings.Repeat("a", 100_000)), hardlink("usr/lib/b", "usr/lib/a"), symlink("lib", "/usr/lib")))
	want := walk(t, open(t, writeFile(t, tarOf(dockerSave(i)...)), Options{}))
	require.Len(t, want, 7)
	for _, how := range []string{"", "gzip", "zstd", "xz"} {
		i.how = how
		for form, files := range map[string][]*tar.Header{"docker": dockerSave(i), "oci": ociLayout(i)} {
			t.Run(how+"/"+form, func(t *testing.T) {
				assert.Equal(t, want, walk(t, open(t, writeDir(t, files), Options{})))
				for _, outer := range []string{"", "gzip", "zstd"} { // docker save | gzip
					assert.Equal(t, want, walk(t, open(t, writeFile(t, packed(outer, tarOf(files...))), Options{})))
				}
			})
		}
	}
}

// BuildKit's indices have a level more and say what an image was made of;
// docker save writes all of the index and one of the images.
func TestIndexAsDockerWritesIt(t *testing.T) {
	files := ociLayout(imageOf("amd", "linux/amd64"), imageOf("arm", "linux/arm64"))
	var inner v1.IndexManifest
	index := files[len(files)-2]
	require.NoError(t, jsonDecode(index, &inner))
	gone := blobName(inner.Manifests[1].Digest)
	var kept []*tar.Header
	for _, f := range files {
		if f.Name != gone {
			kept = append(kept, f)
		}
	}
	inner.Manifests = append(inner.Manifests, v1.Descriptor{
		MediaType: types.OCIManifestSchema1, Digest: inner.Manifests[0].Digest,
		Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"},
	})
	data := toJSON(inner)
	outer := v1.IndexManifest{SchemaVersion: 2, Manifests: []v1.Descriptor{{
		MediaType: types.OCIImageIndex, Digest: hashOf(data), Size: int64(len(data)),
		Annotations: map[string]string{"io.containerd.image.name": "docker.io/library/x:1"},
	}}}
	*index = *regular("index.json", string(toJSON(outer)))
	kept = append(kept, regular(blobName(hashOf(data)), string(data)))

	s := open(t, writeFile(t, tarOf(kept...)), Options{Image: "x:1"})
	assert.Equal(t, "amd", content(t, s, "what"))
	assert.Equal(t, abi.Platform{OS: "linux", Arch: "amd64"}, s.Platform())
}

func TestOldDockerLinksLayers(t *testing.T) {
	files := dockerSave(imageOf("x", ""))
	layer := *files[1]
	*files[1] = *symlink(layer.Name, "../shared/layer.tar")
	id, _, _ := strings.Cut(layer.Name, "/")
	layer.Name = id + "/shared/layer.tar"
	s := open(t, writeFile(t, tarOf(append(files, &layer)...)), Options{})
	assert.Equal(t, "x", content(t, s, "what"))
}

// Root file systems have files of these names too.
func TestRootWithManifest(t *testing.T) {
	s := open(t, writeFile(t, tarOf(regular("manifest.json", "[]"), regular("etc/os-release", ""))), Options{})
	assert.Equal(t, Tar, s.Kind())
	s = open(t, writeFile(t, tarOf(regular("app", ""), regular(".wh.app", ""))), Options{})
	assert.Len(t, walk(t, s), 3, "outside of images whiteouts are files")
}

func TestDamagedImages(t *testing.T) {
	change := func(files []*tar.Header, from, to string) []*tar.Header {
		for n, f := range files {
			if data := f.PAXRecords["TEST.data"]; strings.Contains(data, from) {
				files[n] = regular(f.Name, strings.Replace(data, from, to, 1))
			}
		}
		return files
	}
	gz := imageOf("x", "linux/amd64")
	gz.how = "gzip"
	locked := gz
	locked.kind = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"
	layer := string(packed("gzip", gz.layers[0]))
	other := string(packed("gzip", tarOf(regular("what", "y"))))
	tests := map[string]struct {
		files []*tar.Header
		want  string
	}{
		"manifest is no JSON":        {[]*tar.Header{regular("manifest.json", "[{")}, `"manifest.json": unexpected end of JSON`},
		"index is no JSON":           {[]*tar.Header{regular("index.json", "{"), regular("oci-layout", "")}, `"index.json": unexpected end of JSON`},
		"index is a directory":       {[]*tar.Header{directoryOf("index.json", 0o755), regular("oci-layout", "")}, `"index.json": is of type d`},
		"digest is a path":           {[]*tar.Header{regular("index.json", `{"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:../../../etc/passwd"}]}`), regular("oci-layout", "")}, "non-hex"},
		"config above the root":      {[]*tar.Header{regular("manifest.json", `[{"Config":"../../../../etc/hostname"}]`)}, `"/../../../../etc/hostname"`},
		"config is missing":          {dockerSave(gz)[1:], "no such file"},
		"layer is missing":           {append(dockerSave(gz)[:1], dockerSave(gz)[2:]...), "layer 1:"},
		"layer is no tar":            {change(dockerSave(gz), layer, strings.Repeat("text", 1000)), abi.ErrFormat.Error()},
		"layer of another digest":    {change(ociLayout(gz), layer, other+strings.Repeat(" ", len(layer)-len(other))), "layer 1"},
		"layer of another size":      {change(ociLayout(gz), layer, layer+"x"), "of the manifest"},
		"config of another digest":   {change(ociLayout(imageOf("x", "")), `"os":"linux"`, `"os":"minix"`), "has the digest sha256:"},
		"more layers than config":    {change(dockerSave(gz), `"diff_ids":[`, `"diff_ids":["sha256:`+strings.Repeat("0", 64)+`",`), "names 2 layers: want the 1 of the manifest"},
		"encrypted":                  {ociLayout(locked), "is encrypted"},
		"links of blobs in a circle": {append(dockerSave(gz)[:1], symlink(dockerSave(gz)[1].Name, "layer.tar"), dockerSave(gz)[2]), "too many levels of symbolic links"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := Open(writeFile(t, tarOf(test.files...)), Options{})
			require.Nil(t, s)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// An index that names itself cannot be written, since it would have to name its
// own digest. Many levels can.
func TestDeepIndex(t *testing.T) {
	index := toJSON(v1.IndexManifest{})
	var files []*tar.Header
	for range 10 {
		h := hashOf(index)
		files = append(files, regular(blobName(h), string(index)))
		index = toJSON(v1.IndexManifest{Manifests: []v1.Descriptor{{MediaType: types.OCIImageIndex, Digest: h}}})
	}
	files = append(files, regular("index.json", string(index)), regular("oci-layout", ""))
	_, err := Open(writeFile(t, tarOf(files...)), Options{})
	require.ErrorContains(t, err, "nested deeper than 4")
}

func TestBytesAreReadInPlace(t *testing.T) {
	marker := "these bytes stand once in the archive"
	i := testImage{layers: [][]byte{tarOf(regular("a", marker))}}
	data := tarOf(dockerSave(i)...)
	s := open(t, writeFile(t, data), Options{})
	n := s.files.(*tree).root.entries["a"].inode
	// The offset is one in the layer, which is a part of the outer archive.
	at := make([]byte, len(marker))
	_, err := n.from.ReadAt(at, n.offset)
	require.NoError(t, err)
	assert.Equal(t, marker, string(at))
	assert.IsType(t, &file{}, n.from)
	assert.Equal(t, 1, bytes.Count(data, []byte(marker)))
}
