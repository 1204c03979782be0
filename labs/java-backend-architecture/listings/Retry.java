import java.sql.*;
import java.util.concurrent.ThreadLocalRandom;

class Retry {
  interface Work<T> { T in(Connection db) throws SQLException; }

  static <T> T serializable(Connection db, Work<T> work)
      throws SQLException, InterruptedException {
    db.setAutoCommit(false);
    db.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    for (int most = 4; ; most *= 2)  // ms
      try {
        T answer = work.in(db);  // all of it again, reads too
        db.commit();
        return answer;
      } catch (SQLException failed) {
        db.rollback();
        boolean again = "40001".equals(failed.getSQLState());
        if (!again || most > 1000) throw failed;
        int pause = Math.min(most, 64);
        Thread.sleep(ThreadLocalRandom.current().nextInt(pause));
      }
  }
}
