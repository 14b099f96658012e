import Foundation

/// The reader that `KHATM_READER` names; libFuzzer calls it with every input it makes.
private let reader: @Sendable ([UInt8]) -> Void = {
  let name = ProcessInfo.processInfo.environment["KHATM_READER"] ?? ""
  guard let found = readers[name] else {
    FileHandle.standardError.write(
      Data("KHATM_READER is one of \(readers.keys.sorted().joined(separator: " "))\n".utf8)
    )
    exit(2)
  }
  return found
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  reader(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
