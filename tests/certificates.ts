// Certificates for the tests, valid for a hundred years: an authority, and a
// server's certificate for localhost, 127.0.0.1 and ::1 that it has signed. The
// key protects nothing. Made by:
//
//   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
//     -keyout ca.key -out ca.pem -days 36500 -subj "/CN=vnet test CA"
//   openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
//     -keyout key.pem -out request.pem -subj "/CN=localhost"
//   printf 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\n' > ext
//   openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial \
//     -days 36500 -extfile ext -out cert.pem

/** The authority's certificate, in PEM. */
export const caCert = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUcroO/psIvjNLjeFt9/rkKx0a+4QwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMdm5ldCB0ZXN0IENBMCAXDTI2MTEyMTAyMDIyN1oYDzIxMjYx
MDI4MDIwMjI3WjAXMRUwEwYDVQQDDAx2bmV0IHRlc3QgQ0EwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAR7bjqtkQKpreJbugbvfEzaw0YEPbpHop+rbTR4i0BCfRPL
1HGg8e1JvGUJQsgZZsfpi41QQY0vQD4ykIW54iKeo1MwUTAdBgNVHQ4EFgQUy5nC
eicUkZwmrFlexhbztp+liyAwHwYDVR0jBBgwFoAUy5nCeicUkZwmrFlexhbztp+l
iyAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAlnI8cyWfE485
zSCgk44PjMHEwbFsvE+J/McHPQWjArICIQCatSqVx/mvX5eU1mOr8Qu5sQt+VOgL
hyM9N8Ez+8Zwjg==
-----END CERTIFICATE-----
`;

/** The server certificate, in PEM. */
export const serverCert = `-----BEGIN CERTIFICATE-----
MIIBqTCCAVCgAwIBAgIUEqXFOIFz2J9Ara1TKFT/7GfA9JYwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMdm5ldCB0ZXN0IENBMCAXDTI2MTEyMTAyMDcxMloYDzIxMjYx
MDI4MDIwNzEyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAARBzRg8RLq9j6I4hiBZSD7I0kPNAZtMAWlnrr1Lgx2dKB64nnlJ
jVVcx02bb7A61WreBMe02/JRJ3IKeNfbYQNBo3sweTAsBgNVHREEJTAjgglsb2Nh
bGhvc3SHBH8AAAGHEAAAAAAAAAAAAAAAAAAAAAEwCQYDVR0TBAIwADAdBgNVHQ4E
FgQUGfRw5ZRpzlXKF9EtSc6d81xEXj0wHwYDVR0jBBgwFoAUy5nCeicUkZwmrFle
xhbztp+liyAwCgYIKoZIzj0EAwIDRwAwRAIgZvWdy5jVD5n6Uo6tit4mxcNRp+Ew
Wj9s4Vl/iMFZ+dECIA/x9ethASjuOg1s4pFzxWRM4vzTUg09rvgv0Cnz5rGJ
-----END CERTIFICATE-----
`;

/** The server key, in PEM. */
export const serverKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBaNknI8MXKqH2qWC
QRB9gLQrOKSmnWueNnUvWDKMDjGhRANCAARBzRg8RLq9j6I4hiBZSD7I0kPNAZtM
AWlnrr1Lgx2dKB64nnlJjVVcx02bb7A61WreBMe02/JRJ3IKeNfbYQNB
-----END PRIVATE KEY-----
`;
