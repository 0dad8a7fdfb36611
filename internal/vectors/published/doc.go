// SPDX-License-Identifier: Apache-2.0

// Package published holds data only: test vectors that others have published, and
// requests of cloud SDKs. README.md has their sources and licences.
//
// The folder is a module of its own because the zip of a module leaves nested modules
// out: who imports kmsigner does not download 3.5 MB of vectors. The tests read the
// files through package vectors, by their paths, in a clone of the repository.
package published
