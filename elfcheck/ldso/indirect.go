package ldso

// copied says why a program does not copy a protected object, or call a
// protected function that it has the address of, or nil.
func (b *binder) copied(o *Object, ref reference, provider *Object) *Failure {
	if provider == nil || !ref.direct || provider == o || o != b.process.Objects[0] || b.opening || b.before("2.34") {
		return nil
	}
	if !provider.File.Notes.IndirectExtern || !provider.protects(ref.name) {
		return nil
	}
	return &Failure{
		Category: IndirectExtern, Object: shown(o.Path), Subject: ref.name, Provider: shown(provider.Path),
		Message: ref.name + ": " + shown(provider.Path) + ": error due to GNU_PROPERTY_1_NEEDED_INDIRECT_EXTERN_ACCESS",
	}
}
