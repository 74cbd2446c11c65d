const MAGIC = "7f454c460201"; // 64 bits, little endian

/**
 * An ELF program without what only debuggers and linkers read: symbol tables, debug information and the list of sections
 * (elf(5), the header's e_shoff and after). What is loaded stays byte by byte, so the same program always gives the same
 * bytes, which binutils' strip promises for one version of binutils only.
 */
export function stripElf(program: Uint8Array): Buffer {
  const whole = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  if (whole.toString("hex", 0, 6) !== MAGIC) {
    throw new Error("could not strip a program: it is no 64-bit little-endian ELF file");
  }
  const stripped = Buffer.from(whole.subarray(0, endOfSegments(whole)));
  stripped.writeBigUInt64LE(0n, 0x28); // e_shoff
  stripped.writeUInt16LE(0, 0x3c); // e_shnum
  stripped.writeUInt16LE(0, 0x3e); // e_shstrndx
  return stripped;
}

/** The first byte that no program header speaks of. */
function endOfSegments(elf: Buffer): number {
  const tableAt = Number(elf.readBigUInt64LE(0x20));
  const [entryBytes, entries] = [elf.readUInt16LE(0x36), elf.readUInt16LE(0x38)];
  let end = tableAt + entryBytes * entries;
  for (let at = tableAt; at < tableAt + entryBytes * entries; at += entryBytes) {
    const offset = elf.readBigUInt64LE(at + 0x08);
    const bytesInFile = elf.readBigUInt64LE(at + 0x20);
    end = Math.max(end, Number(offset + bytesInFile));
  }
  return end;
}
