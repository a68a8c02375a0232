package dev.salvor.engine.restic;

class FakeRepositoryTest extends ResticRepositoryContract {
  private final FakeRepository repository = FakeRepository.initialized();
  private final FakeRepository absent = new FakeRepository();

  @Override
  ResticRepository repository() {
    return repository;
  }

  @Override
  ResticRepository absent() {
    return absent;
  }
}
