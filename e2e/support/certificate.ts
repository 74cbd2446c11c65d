import { join } from "node:path";
import { run } from "./processes.ts";
import { program } from "./programs.ts";

/** Makes cert.pem, which its own key has signed, and key.pem in the directory, for an IP address and localhost. */
export async function makeCertificate(directory: string, address: string): Promise<void> {
  const names = `subjectAltName=IP:${address},DNS:localhost`;
  await run(program("openssl"), [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-subj", "/CN=oci-torrent test registry", "-addext", names],
    ...["-days", "1", "-keyout", join(directory, "key.pem"), "-out", join(directory, "cert.pem")],
  ]);
}
