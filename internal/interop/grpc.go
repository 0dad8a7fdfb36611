// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto/tls"
	"crypto/x509"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// grpcServer is a server that asks its clients for certificates.
func grpcServer(cert tls.Certificate, clients *x509.CertPool) *grpc.Server {
	return grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{cert},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
	})))
}

// grpcClient connects to one.
func grpcClient(address string, cert tls.Certificate, servers *x509.CertPool) (*grpc.ClientConn, error) {
	return grpc.NewClient(address, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{cert},
		RootCAs:      servers,
	})))
}
