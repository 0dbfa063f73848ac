package ldso

// copied says why a program does not copy a protected object, or call a
// protected function that it has the address of, or nil.
func (b *binder) copied(o *Object, i int, provider *Object) *Failure {
	if provider == nil || provider == o || o != b.process.Objects[0] || b.opening || b.before("2.34") {
		return nil
	}
	t := &o.image.symbols
	if !provider.File.Notes.IndirectExtern || !provider.protects(t.refs[i].hash) {
		return nil
	}
	return &Failure{
		Category: IndirectExtern, Object: shown(o.Path), Subject: t.name(i), Provider: shown(provider.Path),
		Message: t.name(i) + ": " + shown(provider.Path) + ": error due to GNU_PROPERTY_1_NEEDED_INDIRECT_EXTERN_ACCESS",
	}
}
