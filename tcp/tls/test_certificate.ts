/**
 * A certificate for tests, with its private key and the authority that has
 * signed it, all in PEM.
 *
 * @example Usage
 * ```ts
 * import { testCertificate, type TestCertificate } from "@vnet/net/testing";
 * import { assert } from "@std/assert";
 *
 * const certificate: TestCertificate = testCertificate;
 * assert(certificate.cert.startsWith("-----BEGIN CERTIFICATE-----"));
 * ```
 */
export interface TestCertificate {
  /** The server's certificate: `cert` of `listenTls` and `newServer`. */
  readonly cert: string;
  /** Its private key, which is public: `key` of `listenTls` and `newServer`. */
  readonly key: string;
  /** The authority's certificate, for `caCerts` of the dialling side. */
  readonly caCert: string;
}

const CERT = `-----BEGIN CERTIFICATE-----
MIIB2zCCAYGgAwIBAgIURtCPOqNep3OUru1J/sKZT/kEdrAwCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTdm5ldCB0ZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBa
GA8yMTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEr/kCKsE+kNSmZ9+yWS9F+ST+Ww6vgSmqpeuHWLY7
EQZSOIHudnc3avALHfAu/xofTjZWeAehkelW/VzxGUXTsqOBpDCBoTAMBgNVHRMB
Af8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDATAsBgNV
HREEJTAjgglsb2NhbGhvc3SHBH8AAAGHEAAAAAAAAAAAAAAAAAAAAAEwHQYDVR0O
BBYEFFMqREbMI2roHhrnLXsFgHWHn0SoMB8GA1UdIwQYMBaAFPFURWXsGQWJsj1L
vsFtZ3ak/UGrMAoGCCqGSM49BAMCA0gAMEUCICmKZ6WfQhHL53/YRM4x4naGMu1F
FZh8e3OsQf6SM/40AiEAueVDhmabDDCahlw/G5cCY0sS0gT164X02coEv0AVby8=
-----END CERTIFICATE-----
`;

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9lOx5bq8YBgNhR0z
uvqxXB4kce6bPwDrm8wM2za5hZChRANCAASv+QIqwT6Q1KZn37JZL0X5JP5bDq+B
Kaql64dYtjsRBlI4ge52dzdq8Asd8C7/Gh9ONlZ4B6GR6Vb9XPEZRdOy
-----END PRIVATE KEY-----
`;

// The authority may sign for localhost only (X.509 name constraints), and
// its key was never stored.
const CA_CERT = `-----BEGIN CERTIFICATE-----
MIIB1DCCAXqgAwIBAgIUCxiaREz1B1gu3BcfGo0hOn8qBw4wCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTdm5ldCB0ZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBa
GA8yMTIwMDEwMTAwMDAwMFowHjEcMBoGA1UEAwwTdm5ldCB0ZXN0IGF1dGhvcml0
eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABD2cBmxd/ngBd74poaijOrKkRqyG
I1C+XCCjl1zAFzBHJA7SDinjAFyp7yJxVAUndWyZcD7tG+Ibjcky/f0Dig6jgZMw
gZAwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAQYwSwYDVR0eAQH/
BEEwP6A9MAuCCWxvY2FsaG9zdDAKhwh/AAAA/wAAADAihyAAAAAAAAAAAAAAAAAA
AAAB/////////////////////zAdBgNVHQ4EFgQU8VRFZewZBYmyPUu+wW1ndqT9
QaswCgYIKoZIzj0EAwIDSAAwRQIhAI2vouh96qv8RjvB7W/6kIcIMYmSAJrv3LMP
vBNuRuSSAiAwuRoEbanp0H9Gn2f9WtSGXGqfvIUIOCWCkIuUPCF6kA==
-----END CERTIFICATE-----
`;

/**
 * A certificate for `localhost`, `127.0.0.1` and `::1`, valid from 2020 to 2119:
 * for tests of programs that speak TLS, without files and without `openssl`.
 *
 * **The private key is public: it protects nothing.** Never serve anything real
 * with it, and never put the authority among those that a browser, a system or a
 * program in use trusts: an attacker between it and this machine's own ports could
 * read along.
 *
 * @example Usage
 * ```ts
 * import { dialTls, listenTls } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const { cert, key, caCert } = testCertificate;
 * using listener = listenTls("127.0.0.1:0", { cert, key });
 * const accepting = listener.accept();
 * using client = await dialTls(listener.addr, { caCerts: [caCert] });
 * using server = await accepting;
 * await server.writeString("hello\n");
 * assertEquals(await client.readLine(), "hello");
 * ```
 */
export const testCertificate: TestCertificate = {
  cert: CERT,
  key: KEY,
  caCert: CA_CERT,
};
