import Encodings
import Foundation
import TestSupport
import Testing
import TransparencyLog

/// transparency-dev/merkle: 196 proofs, right and wrong; those of subtrees are nothing that we read. `wantErr` decides,
/// and an unexpected success fails as well.
struct MerkleVectorTests {
  /// A case of the vectors.
  struct Case: Decodable {
    let leafIdx, treeSize, size1, size2: UInt64?
    let root, root1, root2, leafHash: String?
    let proof: [String]?
    let desc: String
    let wantErr: Bool
  }

  @Test(arguments: [("inclusion", 98), ("consistency", 98)])
  func vectors(set: String, expected: Int) throws {
    guard let folder = VectorSet.folder("merkle-proofs") else { return }
    let files = try #require(
      FileManager.default.enumerator(at: folder.appending(path: "testdata/\(set)"), includingPropertiesForKeys: nil)
    )
    var (cases, passed) = (0, 0)
    for case let file as URL in files where file.pathExtension == "json" {
      let vector = try JSONDecoder().decode(Case.self, from: Data(contentsOf: file))
      cases += 1
      let error = outcome(set, vector)
      let agrees = (error != nil) == vector.wantErr
      #expect(agrees, "\(file.lastPathComponent): \(vector.desc): \(error.map { "\($0)" } ?? "accepted")")
      // A guard that breaks off before the mathematics must not be what refuses everything.
      #expect(error?.isFailure != true)
      if agrees { passed += 1 }
    }
    #expect(cases == expected)
    VectorSet.ran("merkle-proofs/\(set)", cases: cases, passed: passed)
  }

  /// Nil when the proof holds.
  private func outcome(_ set: String, _ vector: Case) -> LogRejection? {
    func bytes(_ text: String?) -> [UInt8] { text.flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? [] }
    let proof = (vector.proof ?? []).map { bytes($0) }
    do {
      switch set {
      case "inclusion":
        try Merkle.verifyInclusion(
          leafHash: bytes(vector.leafHash),
          index: vector.leafIdx ?? 0,
          size: vector.treeSize ?? 0,
          proof: proof,
          root: bytes(vector.root)
        )
      default:
        try Merkle.verifyConsistency(
          from: vector.size1 ?? 0,
          to: vector.size2 ?? 0,
          proof: proof,
          oldRoot: bytes(vector.root1),
          newRoot: bytes(vector.root2)
        )
      }
      return nil
    } catch {
      return error
    }
  }
}
