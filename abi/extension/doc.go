// Package extension knows what the native extensions of interpreters are: for
// which host a file is made (CPython, Ruby, Perl, PHP, Node.js, Java, Lua, R,
// Erlang, PostgreSQL, Go's plugins), what it says it is built for, and what it
// asks of its host. It knows no file format: it is given the names of symbols,
// the libraries that a file needs and, for a few hosts, a look at its data.
//
// A file is an extension by the functions that its host enters it by, and by
// nothing else; never by the directory that it lies in. Where the name of such a
// function is no proof (Init_ and boot_ are words of many libraries), the file
// has to ask for the functions of that host too. A library that has the host in
// it is no extension.
//
// What is known of each host's interface is data, with an origin and a date. It
// is written anew by refresh.
package extension

//go:generate go run ./refresh -cpython=$CPYTHON_STABLE_ABI -node=$NODE_API_HEADERS -nodeabi=$NODE_ABI -noderelease=$NODE_API_DOC -php=$PHP_HEADERS -erlang=$ERL_NIF_H -python=$PYTHON_LIBRARIES -lua=$LUA_LIBRARIES
