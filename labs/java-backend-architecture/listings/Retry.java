import static java.util.concurrent.ThreadLocalRandom.current;
import java.sql.*;
class Retry {
  interface Work<T> { T in(Connection db) throws SQLException; }

  static <T> T serializable(Connection db, Work<T> work)
      throws SQLException, InterruptedException {
    db.setAutoCommit(false);
    db.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    for (int tried = 1; ; tried++)
      try {
        T answer = work.in(db);  // all of it again, reads too
        db.commit();
        return answer;
      } catch (SQLException failed) {
        db.rollback();
        String state = "" + failed.getSQLState();  // 40001, 40P01
        boolean again = state.startsWith("40")
            || failed.getErrorCode() == 1020;  // MariaDB
        if (!again || tried == 10) throw failed;
        Thread.sleep(current().nextInt(8 * tried));  // ms
      }
  }
}
