#!/bin/sh
# stamp.sh - write stamp.h: a hash of the headers and archives of the library that pkg-config finds.
#
# Go does not look at them when it decides what to build anew, but at the files of this folder. Run it, by
# `go generate`, before `go build` whenever the library was built; it writes nothing when nothing has changed.
set -eu
cd "$(dirname "$0")"

# Each archive, or shared library, and each header.
inputs() {
  for package in chandra chandra-lua; do
    libraries=$(pkg-config --variable=libdir "$package")
    name=lib$(echo "$package" | tr - _)
    for file in "$libraries/$name.a" "$libraries/$name.so"; do
      if [ -e "$file" ]; then echo "$file"; fi
    done
    headers=$(pkg-config --variable=includedir "$package")/chandra
    if [ -d "$headers" ]; then find "$headers" -name '*.h' | LC_ALL=C sort; fi
  done
}

files=$(inputs)
# shellcheck disable=SC2086 # names are words: pkg-config could not say others
hash=$(cat $files | sha256sum | cut -c 1-16)
text="/* stamp.h - written by stamp.sh. */
#define CH_GO_STAMP \"$hash\""
if [ ! -e stamp.h ] || [ "$(cat stamp.h)" != "$text" ]; then
  echo "$text" >stamp.h.new.$$
  mv stamp.h.new.$$ stamp.h
fi
