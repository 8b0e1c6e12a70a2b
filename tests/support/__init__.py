"""What tests build their worlds from: real repositories, real servers, small sample projects."""
