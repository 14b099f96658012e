import Encodings
import Foundation
import PKI
import TestSupport
import Testing

@testable import Credentials

private func refusal(_ text: String) -> MultikeyRejection? {
  do {
    _ = try Multikey.decode(Text(text))
    return nil
  } catch { return error }
}

private func multikey(_ bytes: [UInt8]) -> String { "z" + Base58.encode(bytes) }

/// Keys in base58.
@Suite struct MultikeyTests {
  @Test(arguments: [KeyKind.ed25519, .p256, .p384]) func keysComeBack(_ kind: KeyKind) throws {
    for _ in 0..<8 {  // both signs of y, and now and then a coordinate that begins with zeros
      let key = try PrivateKey.generate(kind).publicKey
      let text = try Multikey.encode(key)
      let back = try Multikey.decode(Text(text))
      #expect(back == key && back.kind == kind)
      #expect(text.hasPrefix(kind == .ed25519 ? "z6Mk" : kind == .p256 ? "zDn" : "z82"))
    }
  }

  @Test func rsaHasNoMultikey() throws {
    let key = try PrivateKey.generate(.rsa(bits: 2048)).publicKey
    #expect(throws: MultikeyRejection.unsupportedKind(.rsa(bits: 2048))) { try Multikey.encode(key) }
  }

  @Test func onlyBase58btcIsRead() throws {
    let good = try Multikey.encode(try PrivateKey.generate(.ed25519).publicKey)
    let bytes = try #require(Base58.decode(String(good.dropFirst())))
    #expect(refusal(good) == nil)
    for (text, expected) in [
      ("", MultikeyRejection.notBase58btc), (String(good.dropFirst()), .notBase58btc),
      ("Z" + good.dropFirst(), .notBase58btc),
      (" " + good, .notBase58btc),
      ("u" + Base64URL.encode(bytes), .notBase58btc), ("f" + Hex.encode(bytes), .notBase58btc),
      ("m" + Base64.encode(bytes), .notBase58btc),
      ("z", .malformed), ("z2", .malformed), (good + " ", .malformed), (good + "0", .malformed),
      (good + "\u{301}", .malformed),
      ("z" + String(repeating: "z", count: 5000), .malformed), (multikey([0xED]), .malformed),
    ] { #expect(refusal(text) == expected, "\(text.prefix(80))") }
  }

  @Test func otherCodecsRaise() throws {
    let raw = [UInt8](repeating: 7, count: 32)
    let unsupported: [(UInt16, String)] = [
      (0xEC01, "x25519"), (0xE701, "secp256k1"), (0xEB01, "BLS12-381 G2"), (0x8224, "P-521"), (0x8524, "RSA"),
      (0x1220, "a hash"),
      (0x0000, "zero"),
      (0x01ED, "bytes swapped"), (0xED00, "varint with no end"), (0xED81, "longer varint"),
    ]
    for (codec, name) in unsupported {
      let bytes = [UInt8(codec >> 8), UInt8(codec & 0xFF)] + raw
      #expect(refusal(multikey(bytes)) == .unsupportedCodec(codec), "\(name)")
    }
    // Ed25519, X25519, secp256k1, RSA, P-256, P-384, P-521
    for second: UInt8 in [0x80, 0x82, 0x81, 0x85, 0x86, 0x87, 0x88] {
      #expect(refusal(multikey([second, 0x26] + raw)) == .secretKey)
    }
  }

  @Test func keyBytesAreChecked() throws {
    guard case .ec(_, let x, let y) = try PrivateKey.generate(.p256).publicKey.material else { return }
    let nonCanonical: [UInt8] = [0xEE] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]  // y = p + 1
    let cases: [(String, [UInt8])] = [
      ("uncompressed point", [0x80, 0x24, 4] + x + y), ("raw point", [0x80, 0x24] + x + y),
      ("no sign", [0x80, 0x24] + x),
      ("sign 4", [0x80, 0x24, 4] + x),
      ("short", [0x80, 0x24, 2] + x.dropLast()), ("long", [0x80, 0x24, 2] + x + [0]),
      ("P-256 point as P-384", [0x81, 0x24, 2] + x),
      ("x beyond the field", [0x80, 0x24, 2] + [UInt8](repeating: 0xFF, count: 32)),
      ("point at infinity", [0x80, 0x24, 0]),
      ("codec alone", [0x80, 0x24]),
      ("Ed25519 short", [0xED, 1] + x.dropLast()), ("Ed25519 long", [0xED, 1] + x + [0]), ("Ed25519 alone", [0xED, 1]),
      ("Ed25519 not canonical", [0xED, 1] + nonCanonical),
      ("Ed25519 low order", [0xED, 1, 1] + [UInt8](repeating: 0, count: 31)),
    ]
    for (name, bytes) in cases {
      guard case .badKey = refusal(multikey(bytes)) else {
        Issue.record("\(name): \(String(describing: refusal(multikey(bytes))))")
        continue
      }
    }
    // About half of all x have no y: such keys are off the curve, never another key.
    var onCurve = 0
    for last in UInt8(0)...63 {
      let bytes = [0x80, 0x24, 2] + [UInt8](repeating: 0, count: 31) + [last]
      if let key = try? Multikey.decode(Text(multikey(bytes))) {
        onCurve += 1
        #expect(try Multikey.encode(key) == multikey(bytes))
      }
    }
    #expect((12...52).contains(onCurve))
  }

  @Test func keysOfTheVectors() throws {
    var cases = 0
    for (set, files) in [
      ("vc-di-eddsa", ["keyPair", "proof-set-chain/multiKeyPairs"]), ("vc-di-ecdsa", ["p256KeyPair", "p384KeyPair"]),
    ] {
      guard let folder = VectorSet.folder(set) else { return }
      for file in files {
        let json = try JSON.parse(Array(try Data(contentsOf: folder.appending(path: "TestVectors/\(file).json"))))
        let object = try #require(json.object)
        for pair in object["publicKeyMultibase"] == nil ? object.members.compactMap(\.value.object) : [object] {
          let text = try #require(pair["publicKeyMultibase"]?.text)
          #expect(try Text(Multikey.encode(Multikey.decode(text))) == text)
          cases += 1
        }
      }
    }
    VectorSet.ran("vc-di-eddsa, vc-di-ecdsa: Multikeys", cases: cases, passed: cases)
    #expect(cases == 7)
  }
}
