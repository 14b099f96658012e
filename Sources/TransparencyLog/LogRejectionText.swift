internal import Encodings

extension LogRejection: CustomStringConvertible {
  /// For people: what is wrong, in lower case, without a full stop.
  public var description: String {
    switch self {
    case .emptyTree: "a log without entries proves nothing"
    case .indexOutOfRange(let index, let size): "entry \(index) is outside a log of \(size)"
    case .sizesReversed(let old, let new): "the old size \(old) is larger than the new size \(new)"
    case .proofLength(let items): "a proof of \(items) hashes does not fit the sizes"
    case .hashLength(let bytes): "a hash of \(bytes) bytes instead of 32"
    case .rootMismatch: "the hashes do not lead to the signed root"
    case .missingNode(let level, let index): "hash \(index) of level \(level) is not in the tree"
    case .sizeTooLarge(let size): "the number \(size) is above 2^63 - 1"
    case .noteTooLarge(let bytes): "a note of \(bytes) bytes is too large"
    case .noteNotUTF8: "the note is not UTF-8"
    case .noteControlCharacter(let offset): "a control character at byte \(offset) of the note"
    case .noteWithoutSignatures: "the note has no signature lines at its end"
    case .signatureLineMalformed(let line): "signature line \(line) is malformed"
    case .tooManySignatures(let count): "\(count) signatures are too many"
    case .keyNameInvalid: "the key name is empty, too long, or holds a space or plus"
    case .keyMalformed: "the verifier key is malformed"
    case .keyTypeUnsupported(let type): "keys of type \(type) cannot be used for this"
    case .keyAmbiguous(let name): "two keys are both called \(name)"
    case .signatureInvalid(let key): "the signature of \(key) does not hold"
    case .notSigned: "no known key signed this"
    case .checkpointMalformed(let line): "line \(line) of the checkpoint is malformed"
    case .otherOrigin(let expected, let found): "a checkpoint of \(found), not of \(expected)"
    case .quorumMissing(let needed, let found): "\(found) witnesses signed, \(needed) are needed"
    case .policyInvalid: "no checkpoint could satisfy this choice of keys"
    case .tilePathMalformed: "not the path of a tile"
    case .tileMissing(let path): "\(path) is missing"
    case .tileLength(let path, let expected, let got): "\(path) has \(got) bytes instead of \(expected)"
    case .tileMismatch(let path): "\(path) is not what the root promises"
    case .bundleMalformed(let offset): "the entry bundle is cut or too long at byte \(offset)"
    case .entryTooLarge(let bytes): "an entry of \(bytes) bytes is too large"
    case .entryMalformed(let member):
      member.isEmpty ? "not a log entry in canonical form" : "the member \(member) of the log entry is wrong"
    case .saltLength(let bytes): "a salt of \(bytes) bytes instead of \(CredentialHandle.saltBytes)"
    case .proofMalformed(let line): "line \(line) of the proof is malformed"
    case .requestMalformed(let line): "line \(line) of the request is malformed"
    case .proofTooLarge(let bytes): "a proof of \(bytes) bytes is too large"
    case .otherCredential: "the proof is for another credential"
    case .rollback(let known, let offered): "the log shrank from \(known) to \(offered) entries"
    case .fork(let size, let known, let offered):
      "two roots for size \(size): \(Base64.encode(known)) and \(Base64.encode(offered))"
    case .inconsistent(let known, let offered): "the log of \(offered) entries does not begin with the known \(known)"
    case .outOfStep(let known, let claimed): "the last cosigned size is \(known), not \(claimed)"
    case .stateMalformed: "the saved state is malformed"
    case .illegalTransition(let ref, let from, let kind):
      "\(kind.rawValue) is impossible for \(Base64URL.encode(ref)), which is \(from?.rawValue ?? "unknown")"
    case .outOfOrder(let kind, let at): "\(kind.rawValue) at \(at) goes back behind what was logged before"
    case .unreadable(let what, let reason): "\(what) could not be read: \(reason)"
    case .cryptoFailed(let call): "\(call) failed"
    }
  }
}
