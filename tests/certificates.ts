// The certificate that the package has for tests, by the names used here.

import { testCertificate } from "../tcp/testing.ts";

/** The authority's certificate, in PEM. */
export const caCert: string = testCertificate.caCert;

/** The server certificate, in PEM. */
export const serverCert: string = testCertificate.cert;

/** The server key, in PEM. */
export const serverKey: string = testCertificate.key;
