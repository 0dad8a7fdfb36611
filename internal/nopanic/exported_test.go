// SPDX-License-Identifier: Apache-2.0

// Package nopanic calls every exported function and method of the module's public
// packages with what callers should never hand over.
package nopanic

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "../.."

// exported lists the exported functions of the public packages, "signer/keyring.Open",
// and their exported types that have exported methods of their own, "errors.Code".
func exported(t *testing.T) (functions, types []string) {
	folders := map[string]bool{}
	err := filepath.WalkDir(module, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		base := filepath.Base(name)
		_, nested := os.Stat(filepath.Join(name, "go.mod"))
		if name != module && (nested == nil || base == "internal" || base == "examples" || base == "docs" ||
			base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
			return filepath.SkipDir
		}
		folders[name] = true
		return nil
	})
	require.NoError(t, err)
	withMethods := map[string]bool{}
	for folder := range folders {
		relative, err := filepath.Rel(module, folder)
		require.NoError(t, err)
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || !f.Name.IsExported() {
					continue
				}
				if f.Recv == nil {
					functions = append(functions, filepath.ToSlash(relative)+"."+f.Name.Name)
				} else if receiver := receiverOf(f.Recv.List[0].Type); ast.IsExported(receiver) {
					withMethods[filepath.ToSlash(relative)+"."+receiver] = true
				}
			}
		}
	}
	return functions, slices.Collect(maps.Keys(withMethods))
}

func receiverOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiverOf(e.X)
	case *ast.IndexExpr:
		return receiverOf(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// A new exported function or type has to be added to the tables of this package.
func TestTheTablesAreWhole(t *testing.T) {
	functions, types := exported(t)
	require.Greater(t, len(functions), 50)
	listed := slices.Collect(maps.Keys(calledFunctions))
	for name := range takesTestingT {
		listed = append(listed, name)
	}
	require.ElementsMatch(t, functions, listed,
		"functions of the public packages, and those in calledFunctions and takesTestingT of internal/nopanic/tables_test.go")
	names := []string{}
	for _, values := range receivers {
		at := reflect.TypeOf(values[0])
		for at.Kind() == reflect.Pointer {
			at = at.Elem()
		}
		names = append(names, strings.TrimPrefix(at.PkgPath(), "github.com/kmsigner/kmsigner/")+"."+at.Name())
	}
	require.ElementsMatch(t, types, names,
		"types with methods of the public packages, and those in receivers of internal/nopanic/tables_test.go")
	for name, f := range calledFunctions {
		require.Equal(t, reflect.Func, reflect.TypeOf(f).Kind(), name)
		require.Equal(t, path.Base(name), path.Base(nameOf(f)), "the table's own key")
	}
}
