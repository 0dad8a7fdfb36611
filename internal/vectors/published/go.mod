module github.com/kmsigner/kmsigner/internal/vectors/published

go 1.25.0
