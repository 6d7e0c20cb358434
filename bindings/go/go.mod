module github.com/chandra-dra/chandra/bindings/go

go 1.22
