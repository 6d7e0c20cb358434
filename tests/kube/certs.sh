#!/bin/sh
# certs.sh - keys and certificates for the tests of the transport, into the present folder.
#
# ca.crt signs server.crt (for 127.0.0.1 and kube.test) and client.crt (CN jane); other.crt is an
# authority that has signed nothing here but second.crt, another certificate for 127.0.0.1.
set -eu

authority() { # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" \
    -keyout "$1.key" -out "$1.crt"
}

certificate() { # NAME SUBJECT AUTHORITY EXTENSION
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr"
  printf '%s\n' "$4" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.crt"
}

{
  authority ca
  authority other
  certificate server /CN=server ca "subjectAltName=IP:127.0.0.1,DNS:kube.test"
  certificate named /CN=named ca "subjectAltName=DNS:kube.test"
  certificate second /CN=second other "subjectAltName=IP:127.0.0.1"
  certificate client /CN=jane ca "extendedKeyUsage=clientAuth"
} >certs.log 2>&1 || { cat certs.log >&2; exit 1; }
